/**
 * Tries again what may succeed later, as the error's `retry` says: with growing, random waits, until a deadline.
 *
 *   call ──► error with retry "never" ──► thrown at once: a wrong secret does not become right
 *        └─► "backoff" ──► wait 0 … 0.5 s, 0 … 1 s, 0 … 2 s … 0 … 30 s ("full jitter") ──► call
 *
 * An answer may be lost after the work was done: a second try of a save that finds the name taken looks whether what lies there is
 * what was to be written. Some servers (rclone before 1.63 with local files) show what came of an upload that was cut off: bytes that
 * do not match their name, where ours do, are given time to go away, and are then removed. Writers keep their bytes until they are saved (buffered-writer.ts), so that a commit is a save. A
 * listing that breaks is begun again, and yields each file once.
 */
import { createHash } from 'node:crypto';
import { type Clock, systemClock } from '../../base/clock.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { SharedWaits, type WaitingCall } from '../../base/shared-waits.ts';
import type { Backend, FileWriter, Handle, ListedFile } from '../backend.ts';
import { bufferedWriter, SpareBuffers } from '../buffered-writer.ts';

export interface RetryOptions {
  readonly clock?: Clock;
  /** A float in [0, 1). */
  readonly random?: () => number;
  /** No new try begins later than this after a call's first one. */
  readonly deadlineMs?: number;
  /** As `deadlineMs`, until any call succeeded: a wrong address is to be said soon. */
  readonly firstDeadlineMs?: number;
}

const firstWaitMs = 500;
const longestWaitMs = 30_000;
const defaultDeadlineMs = 15 * 60_000;
const defaultFirstDeadlineMs = 10_000;
/** Servers take a moment to notice that an upload was cut off. */
const partsUntilRemoved = 3;

export function retrying(inner: Backend, options: RetryOptions = {}): Backend {
  const { clock = systemClock, random = Math.random } = options;
  const { deadlineMs = defaultDeadlineMs, firstDeadlineMs = defaultFirstDeadlineMs } = options;
  const waits = new SharedWaits(inner.place.waits);
  let worked = inner.place.wasReached === true;

  /** Waits before the next try, or throws what went wrong where there is none. */
  async function waitOrThrow(
    error: unknown,
    { again, startedMs, call }: { readonly again: number; readonly startedMs: number; readonly call: WaitingCall },
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const waitMs = random() * Math.min(longestWaitMs, firstWaitMs * 2 ** again);
    const isLate = clock.monotonicMs() - startedMs + waitMs > (worked ? deadlineMs : firstDeadlineMs);
    if (!isHoldfastError(error) || error.retry === 'never' || isLate) throw error;
    call.failed(error.message, waitMs);
    await clock.sleep(waitMs, signal);
  }

  /** `again` is how often it was tried before. */
  async function trying<T>(signal: AbortSignal, work: (again: number) => Promise<T>): Promise<T> {
    const startedMs = clock.monotonicMs();
    using call = waits.call();
    for (let again = 0; ; again++) {
      try {
        const result = await work(again);
        worked = true;
        return result;
      } catch (error) {
        await waitOrThrow(error, { again, startedMs, call }, signal);
      }
    }
  }

  const spare = new SpareBuffers();

  async function save(handle: Handle, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    let partsSeen = 0;
    await trying(signal, async (again) => {
      try {
        await inner.save(handle, bytes, signal);
      } catch (error) {
        const mayBeOurs = again > 0 && isHoldfastError(error, 'exists', 'append-only', 'permission');
        if (!mayBeOurs) throw error;
        const there = await contentOf(inner, handle, bytes.length, signal);
        if (there !== undefined && Buffer.compare(there, bytes) === 0) return;
        if (there === undefined || nameOf(bytes) !== handle.name) throw error;
        if (++partsSeen >= partsUntilRemoved) await inner.remove(handle, signal);
        throw unfinished(error);
      }
    });
  }

  async function* list(type: Handle['type'], signal: AbortSignal): AsyncGenerator<ListedFile> {
    const seen = new Set<string>();
    const startedMs = clock.monotonicMs();
    using call = waits.call();
    for (let again = 0; ; again++) {
      try {
        for await (const file of inner.list(type, signal)) {
          if (seen.has(file.name)) continue;
          seen.add(file.name);
          call[Symbol.dispose](); // it goes on
          yield file;
        }
        worked = true;
        return;
      } catch (error) {
        await waitOrThrow(error, { again, startedMs, call }, signal);
      }
    }
  }

  const { extendObjectLock } = inner;
  return {
    ...(extendObjectLock === undefined
      ? {}
      : { extendObjectLock: (handle, signal) => trying(signal, () => extendObjectLock(handle, signal)) }),
    location: inner.location,
    /** Another thread's backend need not find out anew whether the address is right. */
    get place() {
      return worked ? { ...inner.place, wasReached: true } : inner.place;
    },
    connections: inner.connections,
    create: (signal) => trying(signal, () => inner.create(signal)),
    openWriter: async (type, { sizeHintBytes, signal }): Promise<FileWriter> => {
      signal.throwIfAborted();
      return bufferedWriter({ type, sizeHintBytes, spare, save, signal });
    },
    save,
    read: (handle, signal) => trying(signal, () => inner.read(handle, signal)),
    readRange: (handle, range, signal) => trying(signal, () => inner.readRange(handle, range, signal)),
    stat: (handle, signal) => trying(signal, () => inner.stat(handle, signal)),
    list,
    remove: (handle, signal) => trying(signal, () => inner.remove(handle, signal)),
    freeBytes: (signal) => trying(signal, () => inner.freeBytes(signal)),
    [Symbol.asyncDispose]: () => {
      spare.clear();
      return inner[Symbol.asyncDispose]();
    },
  };
}

/**
 * What lies there now, nothing if it has gone meanwhile; undefined where it is larger, or the store says for good that it cannot be read.
 * Passing troubles are thrown, to be waited for as those of the save.
 */
async function contentOf(
  inner: Backend,
  handle: Handle,
  mostBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const { sizeBytes } = await inner.stat(handle, signal);
    return sizeBytes > mostBytes ? undefined : await inner.read(handle, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isHoldfastError(error, 'not-found')) return new Uint8Array(0);
    if (isHoldfastError(error) && error.retry === 'never') return undefined;
    throw error;
  }
}

function nameOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function unfinished(cause: HoldfastError): HoldfastError {
  return new HoldfastError('network', `An upload that was cut off is still in the way: ${cause.message}`, {
    retry: 'backoff',
    context: cause.context,
    cause,
  });
}
