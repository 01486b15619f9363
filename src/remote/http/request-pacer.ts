/**
 * Slows down before a server's rate limit is reached, by what its answers say is left of it.
 *
 *     more than a quarter left ─► no wait
 *     less                     ─► requests are spaced, the wider the less is left
 *     nothing left             ─► wait until it begins anew
 *
 * Headers as in use (no standard is): `X-RateLimit-Limit`, `X-RateLimit-Remaining`, and `X-RateLimit-Reset` in seconds from now
 * or since 1970. Where the last is missing a window of a minute is assumed; a longer one then leads to more waits, never to more
 * requests than one a minute at 0.
 */
import type { Clock } from '../../base/clock.ts';

const assumedWindowMs = 60_000;
const longestWaitMs = 5 * 60_000;
const spacedShare = 0.25;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export class RequestPacer {
  readonly #clock: Clock;
  #intervalMs = 0;
  /** When the next request may be sent. Requests that are made at once take their turns by it. */
  #nextMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits until the next request may be sent. */
  async turn(signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const atMs = Math.max(nowMs, this.#nextMs);
    this.#nextMs = atMs + this.#intervalMs;
    if (atMs > nowMs) await this.#clock.sleep(atMs - nowMs, signal);
  }

  /** Takes note of an answer. */
  heard(headers: Headers): void {
    const limit = count(headers['x-ratelimit-limit']);
    const remaining = count(headers['x-ratelimit-remaining']);
    if (limit === undefined || remaining === undefined || limit === 0) return;
    const nowMs = this.#clock.monotonicMs();
    const windowMs = this.#resetMs(headers['x-ratelimit-reset']) ?? assumedWindowMs;
    if (remaining >= limit * spacedShare) {
      this.#intervalMs = 0;
      this.#nextMs = nowMs;
      return;
    }
    // At a quarter the limit's own pace, at one request left a quarter of the window.
    this.#intervalMs = Math.min(longestWaitMs, remaining === 0 ? windowMs : (windowMs * spacedShare) / remaining);
    this.#nextMs = Math.max(this.#nextMs, nowMs + this.#intervalMs);
  }

  #resetMs(header: Headers[string]): number | undefined {
    const value = count(header);
    if (value === undefined) return undefined;
    const isTime = value > 1_000_000_000;
    const ms = isTime ? value * 1000 - this.#clock.now().getTime() : value * 1000;
    return Math.min(longestWaitMs, Math.max(1000, ms));
  }
}

function count(header: Headers[string]): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header.trim()) ? Number(header) : undefined;
}
