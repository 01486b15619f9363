/**
 * Asking again and again until something is done: often at first, then every half minute.
 */
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';

export interface PollOptions<T> {
  /** Asks once; a value ends the polling, `undefined` goes on. */
  readonly until: (signal: AbortSignal) => Promise<T | undefined>;
  /** Milliseconds to the next question, by those since the first one. Default: `politely(random)`. */
  readonly every?: (sinceMs: number) => number;
  /** Used by the default of `every`: a float in [0, 1). */
  readonly random: () => number;
  /** No limit by default. */
  readonly timeoutMs?: number;
  /** What is waited for, for the error: "the backup to finish". */
  readonly waitingFor: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** @throws HoldfastError `timeout` when it takes too long; what `until` throws */
export async function poll<T>(options: PollOptions<T>): Promise<T> {
  const { until, timeoutMs = Number.POSITIVE_INFINITY, waitingFor, clock, signal } = options;
  const every = options.every ?? politely(options.random);
  const startedMs = clock.monotonicMs();
  for (;;) {
    signal.throwIfAborted();
    const found = await until(signal);
    if (found !== undefined) return found;
    const sinceMs = clock.monotonicMs() - startedMs;
    if (sinceMs >= timeoutMs) {
      throw new HoldfastError('timeout', `Waited ${Math.round(timeoutMs / 1000)} s for ${waitingFor}, in vain.`, {
        hint: 'Look at the remote itself; it may still be at it.',
        retry: 'backoff',
      });
    }
    // The last question is asked when the time is over, not before.
    await clock.sleep(Math.min(every(sinceMs), timeoutMs - sinceMs), signal);
  }
}

/** From one second at first to 30 s after five minutes, a fifth more or less at random so that many clients spread out. */
export function politely(random: () => number): (sinceMs: number) => number {
  return (sinceMs) => Math.min(30_000, Math.max(1_000, sinceMs / 10)) * (0.8 + 0.4 * random());
}
