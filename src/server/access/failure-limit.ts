/** Counts wrong credentials within a minute, by who sent them, and says when enough is enough. */
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';

const minuteMs = 60_000;
const mostKeys = 10_000;

export class FailureLimit {
  readonly #clock: Clock;
  readonly #perMinute: number;
  /** Times of the last failures, by the monotonic clock. */
  readonly #failures = new Map<string, number[]>();

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** @throws `too-many-requests` with `context.retryAfterSeconds` */
  assertHeard(keys: readonly string[]): void {
    const nowMs = this.#clock.monotonicMs();
    for (const key of keys) {
      const recent = this.#recent(key, nowMs);
      const [firstMs] = recent;
      if (firstMs === undefined || recent.length < this.#perMinute) continue;
      const retryAfterSeconds = Math.max(1, Math.ceil((firstMs + minuteMs - nowMs) / 1000));
      throw new HoldfastError('too-many-requests', 'There were too many wrong tokens.', {
        hint: `Try again in ${retryAfterSeconds} s.`,
        retry: 'backoff',
        context: { retryAfterSeconds },
      });
    }
  }

  failed(keys: readonly string[]): void {
    const nowMs = this.#clock.monotonicMs();
    for (const key of keys) {
      const [oldest] = this.#failures.keys();
      if (this.#failures.size >= mostKeys && oldest !== undefined) this.#failures.delete(oldest);
      this.#failures.set(key, [...this.#recent(key, nowMs), nowMs]);
    }
  }

  #recent(key: string, nowMs: number): number[] {
    const recent = (this.#failures.get(key) ?? []).filter((atMs) => atMs > nowMs - minuteMs);
    if (recent.length === 0) this.#failures.delete(key);
    return recent;
  }
}
