/** The clock port, so that tests run days in milliseconds. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Wall-clock time. */
  now(): Date;
  /** Milliseconds that never run backwards; only differences mean something. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with `signal.reason` when cancelled. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Node's timers take no more (25 days); a longer one would end at once. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    signal.throwIfAborted();
    try {
      let leftMs = ms;
      for (; leftMs > longestTimerMs; leftMs -= longestTimerMs) await delay(longestTimerMs, undefined, { signal });
      await delay(leftMs, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
