/** What the runners of a remote's jobs are given, and what they share. */
import type { Clock } from '../../base/clock.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { onAbort } from '../../base/on-abort.ts';
import type { RemoteConfig } from '../../config/remote.ts';
import type { Remote, RemoteAction, RemoteBackup } from '../../remote/remote.ts';
import type { RemoteJobMemory } from '../remotes/job-memory.ts';
import type { RunContext } from './runner.ts';

export interface RemoteAccess {
  /** @throws `not-found` for one that was taken off the list */
  readonly get: (id: string) => RemoteConfig;
  readonly open: (id: string, signal: AbortSignal) => Promise<Remote>;
  /** @throws `unsupported` naming the dialect */
  readonly able: (id: string, action: RemoteAction, signal: AbortSignal) => Promise<Remote>;
  /** What a job saw of a backup: whoever looks sees it. */
  readonly seen: (id: string, backup: RemoteBackup) => Promise<RemoteBackup>;
  /** Until disposed of, nobody else need ask for this backup. */
  readonly follow: (id: string, backupId: string) => Disposable;
  readonly jobs: RemoteJobMemory;
  /** For what is downloaded to be read in. */
  readonly scratchFolder: string;
}

/** An answer that is on its way when a job is told to stop is waited for that long: it says what must be stopped there. */
const graceMs = 3_000;
const againMs = 30_000;
/** A remote that has not answered for so long is given up. */
const givenUpMs = 6 * 3_600_000;

/** Aborts a while after `signal`, with its reason. */
export function withGrace(signal: AbortSignal, clock: Clock): { readonly signal: AbortSignal } & Disposable {
  const late = new AbortController();
  const over = new AbortController();
  const begin = (): void => {
    clock.sleep(graceMs, over.signal).then(
      () => late.abort(signal.reason),
      () => undefined,
    );
  };
  const listening = onAbort(signal, begin);
  return {
    signal: late.signal,
    [Symbol.dispose]() {
      listening[Symbol.dispose]();
      over.abort();
    },
  };
}

/**
 * Goes on asking while the remote cannot be reached: what runs there does not end because a network does.
 *
 * @param ask waits for the end of something there
 * @throws what `ask` throws and does not pass; all of it after six hours
 */
export async function patiently<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  { signal, log, progress }: Pick<RunContext, 'signal' | 'log' | 'progress'>,
  clock: Clock,
): Promise<T> {
  let failingSinceMs: number | undefined;
  for (;;) {
    const askedMs = clock.monotonicMs();
    try {
      return await ask(signal);
    } catch (error) {
      signal.throwIfAborted();
      const nowMs = clock.monotonicMs();
      // It answered for a while before it failed.
      if (failingSinceMs === undefined || nowMs - askedMs > againMs * 20) failingSinceMs = nowMs;
      const passes = isHoldfastError(error, 'network', 'timeout', 'too-many-requests') || isPassing(error);
      if (!passes || nowMs - failingSinceMs > givenUpMs) throw error;
      if (failingSinceMs === nowMs) log('warning', `It cannot be asked how it goes on: ${(error as Error).message}`);
      progress({ phase: 'waiting for an answer of the remote' });
    }
    await clock.sleep(againMs, signal);
  }
}

/** What the remote itself says of a backup that did not come to be. */
export function badEnd({ state, error, id }: RemoteBackup): HoldfastError | undefined {
  const why = error === undefined ? '' : `: ${error}`;
  switch (state) {
    case 'done':
    case 'expired':
      return undefined;
    case 'cancelled':
      return new HoldfastError('cancelled', `The backup was cancelled on the remote${why}.`, {
        context: { backupId: id },
      });
    default:
      return new HoldfastError('io', `The remote says that the backup has failed${why}.`, {
        hint: 'Look at the remote itself for the reason.',
        retry: 'backoff',
        context: { backupId: id, state },
      });
  }
}

/** Whether the remote surely did not begin what was asked for. */
export function surelyNotDone(error: unknown): boolean {
  if (!isHoldfastError(error)) return false;
  if (error.context.requestSent === false) return true;
  return ['unauthenticated', 'permission', 'invalid-input', 'conflict', 'not-found', 'too-many-requests'].includes(
    error.code,
  );
}

function isPassing(error: unknown): boolean {
  return isHoldfastError(error) && error.retry === 'backoff';
}
