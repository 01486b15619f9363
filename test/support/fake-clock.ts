/**
 * A clock that stands still until it is told to `advance`: days pass in milliseconds, and in the same order every time.
 *
 *     const clock = new FakeClock();
 *     const waiting = clock.sleep(60_000, signal);
 *     await clock.advance(60_000);
 *
 * Guarantees: sleepers wake in the order of their ends (of equal ends, the first to sleep first), each at its own time; what
 * a sleeper does next has run, as far as it waits for nothing but promises and this clock, before the next one wakes.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/base/clock.ts';

interface Sleeper {
  readonly endMs: number;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  #monotonicMs = 0;
  #wallMs: number;
  readonly #sleepers = new Set<Sleeper>();

  /** @param start the wall clock's first time */
  constructor(start: Date | string = '2026-03-01T12:00:00Z') {
    this.#wallMs = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.#wallMs);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** How many sleep now. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const sleeper: Sleeper = {
        endMs: this.#monotonicMs + Math.max(0, ms),
        wake: () => {
          signal.removeEventListener('abort', cancel);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', cancel, { once: true });
    });
  }

  /** Lets `ms` pass; sleeps that are begun on the way, and end within it, end too. */
  async advance(ms: number): Promise<void> {
    await settle();
    const endMs = this.#monotonicMs + ms;
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#moveTo(next.endMs);
      this.#sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.#moveTo(endMs);
  }

  /** The wall clock alone jumps (set by hand, or by the network); `ms` may be negative. Nobody wakes. */
  jumpWallClock(ms: number): void {
    this.#wallMs += ms;
  }

  #next(endMs: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.endMs <= endMs && (first === undefined || sleeper.endMs < first.endMs)) first = sleeper;
    }
    return first;
  }

  #moveTo(endMs: number): void {
    this.#wallMs += endMs - this.#monotonicMs;
    this.#monotonicMs = endMs;
  }
}

/** Promises, and what they set going, run dry. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn();
}
