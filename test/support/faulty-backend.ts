/**
 * A backend around another one that fails when told to, and keeps a log of the calls, in order, for tests of what
 * the layers above do then.
 *
 *   const backend = faultyBackend(memoryBackend(), [
 *     { call: 'commit', type: 'data', nth: 2, effect: fail('no-space') },
 *     { call: 'read', type: 'index', effect: flipBit(77) },
 *   ]);
 */

import type { Backend, ByteRange, FileType, FileWriter, Handle, ListedFile } from '../../src/backend/backend.ts';
import { type ErrorCode, HoldfastError } from '../../src/base/errors.ts';

/** `save` counts as one `save`: its inner write and commit are calls of the inner backend. */
export type FaultyCall =
  | 'create'
  | 'openWriter'
  | 'write'
  | 'commit'
  | 'save'
  | 'read'
  | 'readRange'
  | 'stat'
  | 'list'
  | 'remove'
  | 'freeBytes';

export type Effect =
  /** The call is not made and throws. */
  | { readonly kind: 'fail'; readonly error: () => unknown }
  /** The call is made, and throws all the same: the answer got lost. */
  | { readonly kind: 'lose-answer'; readonly error: () => unknown }
  /** read, readRange: gives only the first bytes. write, save: stores only the first bytes. list: only the first files, no error. */
  | { readonly kind: 'truncate'; readonly keep: number }
  /** list: throws after so many files. */
  | { readonly kind: 'fail-after'; readonly keep: number; readonly error: () => unknown }
  /** list: every file is said to have a byte more than it has. */
  | { readonly kind: 'wrong-sizes' }
  /** read, readRange, write, save: one bit of the bytes is wrong (counted from the first byte's lowest, modulo the length). */
  | { readonly kind: 'flip-bit'; readonly bit: number };

export interface Fault {
  readonly call: FaultyCall;
  /** Only calls for this type; any, if left out. */
  readonly type?: FileType;
  /** Which of the calls that match, from 1 (default 1). */
  readonly nth?: number;
  /** How many from there on (default 1; Infinity: all). */
  readonly times?: number;
  readonly effect: Effect;
}

export function fail(code: ErrorCode): Effect {
  return { kind: 'fail', error: () => planted(code) };
}
export function loseAnswer(code: ErrorCode = 'network'): Effect {
  return { kind: 'lose-answer', error: () => planted(code) };
}
export function truncate(keep: number): Effect {
  return { kind: 'truncate', keep };
}
export function failAfter(keep: number, code: ErrorCode = 'network'): Effect {
  return { kind: 'fail-after', keep, error: () => planted(code) };
}
export function flipBit(bit: number): Effect {
  return { kind: 'flip-bit', bit };
}

function planted(code: ErrorCode): HoldfastError {
  const retry = code === 'network' || code === 'timeout' ? 'backoff' : 'never';
  return new HoldfastError(code, `Planted failure (${code}).`, { retry, context: { planted: true } });
}

export interface FaultyBackend extends Backend {
  /** Every call so far: "save config", "commit data/0a1b…", "write data", "list index". */
  readonly calls: readonly string[];
  /** Plants one more; counts from now. */
  plant(fault: Fault): void;
}

/** Disposing it does not dispose the inner backend, so that a test can look into that afterwards. */
export function faultyBackend(inner: Backend, faults: readonly Fault[] = []): FaultyBackend {
  const calls: string[] = [];
  const planned = faults.map((fault) => ({ fault, seen: 0 }));

  const effectOf = (call: FaultyCall, type: FileType | undefined, name: string | undefined): Effect | undefined => {
    calls.push([call, [type, name].filter((part) => part !== undefined).join('/')].join(' ').trim());
    let effect: Effect | undefined;
    for (const plan of planned) {
      const { fault } = plan;
      if (fault.call !== call || (fault.type !== undefined && fault.type !== type)) continue;
      plan.seen++;
      const first = fault.nth ?? 1;
      if (plan.seen >= first && plan.seen < first + (fault.times ?? 1)) effect ??= fault.effect;
    }
    return effect;
  };
  const run = async <T>(effect: Effect | undefined, work: () => Promise<T>): Promise<T> => {
    if (effect?.kind === 'fail') throw effect.error();
    const result = await work();
    if (effect?.kind === 'lose-answer') throw effect.error();
    return result;
  };
  const readWith = async (effect: Effect | undefined, work: () => Promise<Uint8Array>): Promise<Uint8Array> =>
    damaged(await run(effect, work), effect);

  return {
    location: inner.location,
    place: inner.place,
    connections: inner.connections,
    calls,
    plant: (fault) => planned.push({ fault, seen: 0 }),
    create: (signal) => run(effectOf('create', undefined, undefined), () => inner.create(signal)),
    openWriter: async (type, options) => {
      const writer = await run(effectOf('openWriter', type, undefined), () => inner.openWriter(type, options));
      return faultyWriter(writer, type, effectOf, run);
    },
    save: (handle: Handle, bytes: Uint8Array, signal) => {
      const effect = effectOf('save', handle.type, handle.name);
      return run(effect, () => inner.save(handle, damaged(bytes, effect), signal));
    },
    read: (handle, signal) => readWith(effectOf('read', handle.type, handle.name), () => inner.read(handle, signal)),
    readRange: (handle, range: ByteRange, signal) =>
      readWith(effectOf('readRange', handle.type, handle.name), () => inner.readRange(handle, range, signal)),
    stat: (handle, signal) => run(effectOf('stat', handle.type, handle.name), () => inner.stat(handle, signal)),
    list: (type, signal) => faultyList(() => inner.list(type, signal), effectOf('list', type, undefined)),
    remove: (handle, signal) => run(effectOf('remove', handle.type, handle.name), () => inner.remove(handle, signal)),
    freeBytes: (signal) => run(effectOf('freeBytes', undefined, undefined), () => inner.freeBytes(signal)),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function faultyWriter(
  writer: FileWriter,
  type: FileType,
  effectOf: (call: FaultyCall, type: FileType, name: string | undefined) => Effect | undefined,
  run: <T>(effect: Effect | undefined, work: () => Promise<T>) => Promise<T>,
): FileWriter {
  return {
    write: (bytes) => {
      const effect = effectOf('write', type, undefined);
      if (effect === undefined) return writer.write(bytes); // synchronous where the inner one is
      if (effect.kind === 'fail') throw effect.error();
      const result = writer.write(damaged(bytes, effect));
      if (effect.kind === 'lose-answer') throw effect.error();
      return result;
    },
    commit: (name) => run(effectOf('commit', type, name), () => writer.commit(name)),
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  };
}

async function* faultyList(
  list: () => AsyncIterable<ListedFile>,
  effect: Effect | undefined,
): AsyncGenerator<ListedFile> {
  if (effect?.kind === 'fail') throw effect.error();
  const keep = effect?.kind === 'truncate' || effect?.kind === 'fail-after' ? effect.keep : Number.POSITIVE_INFINITY;
  let given = 0;
  if (keep > 0) {
    for await (const file of list()) {
      yield effect?.kind === 'wrong-sizes' ? { ...file, sizeBytes: file.sizeBytes + 1 } : file;
      if (++given >= keep) break;
    }
  }
  if (effect?.kind === 'fail-after' || effect?.kind === 'lose-answer') throw effect.error();
}

function damaged(bytes: Uint8Array, effect: Effect | undefined): Uint8Array {
  if (effect?.kind === 'truncate') return bytes.slice(0, effect.keep);
  if (effect?.kind !== 'flip-bit' || bytes.length === 0) return bytes;
  const copy = bytes.slice();
  const bit = effect.bit % (bytes.length * 8);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
