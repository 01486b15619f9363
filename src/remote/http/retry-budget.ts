/**
 * How often, and how long, one operation may be tried again: full jitter (a wait is anything from 0 to a cap that doubles), a bounded
 * number of tries and a bounded time in all.
 */
import type { Clock } from '../../base/clock.ts';

export interface RetryLimits {
  /** Tries in all, the first included. */
  readonly tries: number;
  /** No wait begins that would end later than this after the start. */
  readonly totalMs: number;
  readonly firstCapMs: number;
  readonly lastCapMs: number;
}

export class RetryBudget {
  readonly #limits: RetryLimits;
  readonly #clock: Clock;
  readonly #random: () => number;
  #startedMs: number;
  #tries = 1;

  constructor(limits: RetryLimits, { clock, random }: { readonly clock: Clock; readonly random: () => number }) {
    this.#limits = limits;
    this.#clock = clock;
    this.#random = random;
    this.#startedMs = clock.monotonicMs();
  }

  /** Something was got done meanwhile: counting begins anew. */
  reset(): void {
    this.#tries = 1;
    this.#startedMs = this.#clock.monotonicMs();
  }

  /**
   * Milliseconds to wait before the next try, or undefined when there is to be none.
   *
   * @param atLeastMs what the server asked for
   */
  next(atLeastMs = 0): number | undefined {
    const { tries, totalMs, firstCapMs, lastCapMs } = this.#limits;
    if (this.#tries >= tries) return undefined;
    const capMs = Math.min(lastCapMs, firstCapMs * 2 ** (this.#tries - 1));
    const waitMs = atLeastMs + this.#random() * capMs;
    const spentMs = this.#clock.monotonicMs() - this.#startedMs;
    if (spentMs + waitMs > totalMs) return undefined;
    this.#tries += 1;
    return waitMs;
  }
}
