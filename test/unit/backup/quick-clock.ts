/** The system's clock in a hurry: what a lock waits to settle has passed at once. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, systemClock } from '../../../src/base/clock.ts';

const shortMs = 1000;

/** Sleeps of a second or more are real, so that what polls does not spin. */
export const quickClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    if (ms >= shortMs) return systemClock.sleep(ms, signal);
    signal.throwIfAborted();
    await nextTurn();
  },
};
