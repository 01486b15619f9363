/** How many requests a token has left within the last hour, counted by the minute. */
import type { Clock } from '../../../base/clock.ts';

const minuteMs = 60_000;
const minutes = 60;

interface Counts {
  /** By minute since the clock's start. */
  readonly byMinute: Map<number, number>;
  total: number;
}

export class RateLimit {
  readonly #clock: Clock;
  readonly #counts = new Map<string, Counts>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a request. @returns how many are left after it; negative for one that is too many, which does not count */
  take(tokenId: string, limit: number): number {
    const now = Math.floor(this.#clock.monotonicMs() / minuteMs);
    const counts = this.#counts.get(tokenId) ?? { byMinute: new Map(), total: 0 };
    this.#counts.set(tokenId, counts);
    for (const [minute, count] of counts.byMinute) {
      if (minute > now - minutes) break;
      counts.byMinute.delete(minute);
      counts.total -= count;
    }
    if (counts.total >= limit) return -1;
    counts.byMinute.set(now, (counts.byMinute.get(now) ?? 0) + 1);
    counts.total += 1;
    return limit - counts.total;
  }
}
