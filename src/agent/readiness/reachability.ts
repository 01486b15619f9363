/**
 * Which repositories can be reached, asked politely: an answer counts for some seconds, so that plans which start together ask
 * once; one that cannot be reached is asked again at growing intervals; and nobody waits for longer than a time limit.
 */
import type { Clock } from '../../base/clock.ts';
import { mapBounded } from '../../base/concurrency.ts';
import { isHoldfastError } from '../../base/errors.ts';
import type { RepositoryFact } from './policy.ts';

export type Reachability = Pick<RepositoryFact, 'reachable' | 'why'>;

/** Looks whether a repository answers. A thrown error of ours says that it does not, any other that it is unknown. */
export type RepositoryProbe = (repositoryId: string, signal: AbortSignal) => Promise<Reachability>;

const timeLimitMs = 20_000;
const freshMs = 10_000;
const firstRetryMs = 30_000;
const lastRetryMs = 300_000;
const atOnce = 4;

interface Known {
  readonly answer: Reachability;
  readonly askedMs: number;
  /** Until it is asked again by `retryDue`; doubles each time. */
  readonly retryMs: number;
}

export class ReachabilityWatch {
  readonly #probe: RepositoryProbe;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(probe: RepositoryProbe, clock: Clock) {
    this.#probe = probe;
    this.#clock = clock;
  }

  /** Asks those whose answer is not fresh. */
  async ask(ids: readonly string[], signal: AbortSignal): Promise<Map<string, Reachability>> {
    const answers = await mapBounded(ids, atOnce, signal, async (id) => {
      const known = this.#known.get(id);
      const isFresh = known !== undefined && this.#clock.monotonicMs() - known.askedMs < freshMs;
      return [id, isFresh ? known.answer : await this.#askOne(id, signal)] as const;
    });
    return new Map(answers);
  }

  /** Asks those again that could not be reached and whose time has come; forgets all that are not in `ids`. */
  async retryDue(ids: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    for (const id of [...this.#known.keys()]) if (!ids.has(id)) this.#known.delete(id);
    const now = this.#clock.monotonicMs();
    const due = [...this.#known].filter(
      ([, { answer, askedMs, retryMs }]) => answer.reachable === false && now - askedMs >= retryMs,
    );
    await mapBounded(due, atOnce, signal, ([id]) => this.#askOne(id, signal));
  }

  /** The last answers, by id. */
  known(): Map<string, Reachability> {
    return new Map([...this.#known].map(([id, { answer }]) => [id, answer]));
  }

  /** All are asked anew, and soon. */
  forget(): void {
    for (const [id, known] of this.#known) {
      this.#known.set(id, { ...known, askedMs: Number.NEGATIVE_INFINITY, retryMs: firstRetryMs });
    }
  }

  async #askOne(id: string, signal: AbortSignal): Promise<Reachability> {
    const before = this.#known.get(id);
    const answer = await this.#bounded(id, signal);
    const failedBefore = before?.answer.reachable === false;
    const retryMs = failedBefore ? Math.min(before.retryMs * 2, lastRetryMs) : firstRetryMs;
    this.#known.set(id, { answer, askedMs: this.#clock.monotonicMs(), retryMs });
    return answer;
  }

  async #bounded(id: string, signal: AbortSignal): Promise<Reachability> {
    const done = new AbortController();
    const limit = AbortSignal.any([signal, done.signal]);
    const late = this.#clock.sleep(timeLimitMs, limit);
    try {
      return await Promise.race([
        this.#probe(id, limit),
        late.then(() => ({ reachable: false, why: `no answer in ${timeLimitMs / 1000} s` })),
      ]);
    } catch (error) {
      signal.throwIfAborted();
      return isHoldfastError(error) ? { reachable: false, why: error.message } : { reachable: 'unknown' };
    } finally {
      done.abort();
    }
  }
}
