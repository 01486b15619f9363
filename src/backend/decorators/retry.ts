/**
 * Tries again what may succeed later, as the error's `retry` says: with growing, random waits, until a deadline.
 *
 *   call ──► error with retry "never" ──► thrown at once: a wrong secret does not become right
 *        └─► "backoff" ──► wait 0 … 0.5 s, 0 … 1 s, 0 … 2 s … 0 … 30 s ("full jitter") ──► call
 *
 * An answer may be lost after the work was done: a second try of a save that finds the name taken looks whether what lies there is
 * what was to be written. Writers keep their bytes until they are saved (buffered-writer.ts), so that a commit is a save. A
 * listing that breaks is begun again, and yields each file once.
 */
import { type Clock, systemClock } from '../../base/clock.ts';
import { isHoldfastError } from '../../base/errors.ts';
import type { Backend, FileWriter, Handle, ListedFile } from '../backend.ts';
import { bufferedWriter } from '../buffered-writer.ts';

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

export function retrying(inner: Backend, options: RetryOptions = {}): Backend {
  const { clock = systemClock, random = Math.random } = options;
  const { deadlineMs = defaultDeadlineMs, firstDeadlineMs = defaultFirstDeadlineMs } = options;
  let worked = false;

  /** Waits before the next try, or throws what went wrong where there is none. */
  async function waitOrThrow(error: unknown, again: number, startedMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const waitMs = random() * Math.min(longestWaitMs, firstWaitMs * 2 ** again);
    const isLate = clock.monotonicMs() - startedMs + waitMs > (worked ? deadlineMs : firstDeadlineMs);
    if (!isHoldfastError(error) || error.retry === 'never' || isLate) throw error;
    await clock.sleep(waitMs, signal);
  }

  /** `again` is how often it was tried before. */
  async function trying<T>(signal: AbortSignal, work: (again: number) => Promise<T>): Promise<T> {
    const startedMs = clock.monotonicMs();
    for (let again = 0; ; again++) {
      try {
        const result = await work(again);
        worked = true;
        return result;
      } catch (error) {
        await waitOrThrow(error, again, startedMs, signal);
      }
    }
  }

  async function save(handle: Handle, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await trying(signal, async (again) => {
      try {
        await inner.save(handle, bytes, signal);
      } catch (error) {
        const mayBeOurs = again > 0 && isHoldfastError(error, 'exists', 'append-only', 'permission');
        if (!mayBeOurs || !(await holds(inner, handle, bytes, signal))) throw error;
      }
    });
  }

  async function* list(type: Handle['type'], signal: AbortSignal): AsyncGenerator<ListedFile> {
    const seen = new Set<string>();
    const startedMs = clock.monotonicMs();
    for (let again = 0; ; again++) {
      try {
        for await (const file of inner.list(type, signal)) {
          if (seen.has(file.name)) continue;
          seen.add(file.name);
          yield file;
        }
        worked = true;
        return;
      } catch (error) {
        await waitOrThrow(error, again, startedMs, signal);
      }
    }
  }

  return {
    location: inner.location,
    place: inner.place,
    connections: inner.connections,
    create: (signal) => trying(signal, () => inner.create(signal)),
    openWriter: async (type, { sizeHintBytes, signal }): Promise<FileWriter> => {
      signal.throwIfAborted();
      return bufferedWriter({ type, sizeHintBytes, save, signal });
    },
    save,
    read: (handle, signal) => trying(signal, () => inner.read(handle, signal)),
    readRange: (handle, range, signal) => trying(signal, () => inner.readRange(handle, range, signal)),
    stat: (handle, signal) => trying(signal, () => inner.stat(handle, signal)),
    list,
    remove: (handle, signal) => trying(signal, () => inner.remove(handle, signal)),
    freeBytes: (signal) => trying(signal, () => inner.freeBytes(signal)),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

/** Whether the file there is these bytes. Where that cannot be found out, the first error is what matters. */
async function holds(inner: Backend, handle: Handle, bytes: Uint8Array, signal: AbortSignal): Promise<boolean> {
  try {
    const { sizeBytes } = await inner.stat(handle, signal);
    return sizeBytes === bytes.length && Buffer.compare(await inner.read(handle, signal), bytes) === 0;
  } catch (error) {
    signal.throwIfAborted();
    if (isHoldfastError(error)) return false;
    throw error;
  }
}
