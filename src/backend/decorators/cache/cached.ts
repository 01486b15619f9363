/**
 * Keeps what is read again and again on the local disk: index files, snapshots, and packs of trees (those whose handles say `metadata`),
 * which are fetched whole at the first tree that is wanted. What is written of these is kept as well.
 *
 *   read ──► on the disk and sound? give it ──► else from the store ──► matches its name? keep it
 *   list ──► the store's, always; what it did not list is dropped from the disk at its end
 *
 * Names are hashes of the content, so that what is kept is never out of date; whether a file is still there, only the store's own
 * answers tell (listings, reads of anything else). Keys, locks, the config and packs of data are never kept. The folder on the
 * disk is named by the hash of the backend's location: the repository's id is known only after its config was read, and is not needed.
 */
import { createHash } from 'node:crypto';
import type { Backend, ByteRange, FileType, Handle, ListedFile } from '../../backend.ts';
import { bufferedWriter } from '../../buffered-writer.ts';
import { checkHandle } from '../../handle.ts';
import { type CachedType, DiskCache, slice } from './disk-cache.ts';
import { Turns } from './turns.ts';

export interface CachedOptions {
  /** Of the caches of all repositories. */
  readonly folder: string;
  /** Of this repository; 2 GiB unless given. */
  readonly maxBytes?: number;
}

const defaultMaxBytes = 2 * 2 ** 30;
/** Larger packs are read by ranges. */
const wholePackBytes = 32 * 2 ** 20;
/** Each is in memory until it is on the disk. */
const wholePacksAtOnce = 3;

export function cached(inner: Backend, options: CachedOptions): Backend {
  const key = createHash('sha256').update(inner.location).digest('hex');
  const disk = new DiskCache({ folder: options.folder, key, maxBytes: options.maxBytes ?? defaultMaxBytes });
  const turns = new Turns(wholePacksAtOnce);
  const fetching = new Map<string, Promise<Uint8Array | undefined>>();
  const tooLarge = new Set<string>();

  async function save(handle: Handle, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await inner.save(handle, bytes, signal);
    const type = keptType(handle);
    if (type !== undefined) await disk.write(type, handle.name, bytes);
  }

  async function read(handle: Handle, signal: AbortSignal): Promise<Uint8Array> {
    checkHandle(handle);
    signal.throwIfAborted();
    const type = keptType(handle);
    if (type === undefined) return await inner.read(handle, signal);
    const kept = await disk.read(type, handle.name);
    signal.throwIfAborted();
    if (kept !== undefined) return kept;
    const bytes = await inner.read(handle, signal);
    await disk.write(type, handle.name, bytes);
    return bytes;
  }

  async function readRange(handle: Handle, range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    checkHandle(handle);
    signal.throwIfAborted();
    if (keptType(handle) === 'data' && range.length > 0) {
      const kept = (await disk.readRange('data', handle.name, range)) ?? (await partOfPack(handle, range, signal));
      signal.throwIfAborted();
      if (kept !== undefined) return kept;
    }
    return await inner.readRange(handle, range, signal);
  }

  /** From a pack that is fetched whole, once for all who want a part of it; nothing where that does not work out. */
  async function partOfPack(handle: Handle, range: ByteRange, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const underWay = fetching.get(handle.name);
    if (underWay !== undefined) {
      const whole = await underWay.catch(() => undefined); // the other's error, or that it was cancelled
      return whole === undefined ? undefined : slice(whole, range);
    }
    const fetch = wholePack(handle, signal).finally(() => fetching.delete(handle.name));
    fetching.set(handle.name, fetch);
    const whole = await fetch;
    return whole === undefined ? undefined : slice(whole, range);
  }

  async function wholePack(handle: Handle, signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (tooLarge.has(handle.name)) return undefined;
    using _turn = await turns.take(signal);
    const { sizeBytes } = await inner.stat(handle, signal);
    if (sizeBytes > wholePackBytes) {
      tooLarge.add(handle.name);
      return undefined;
    }
    const bytes = await inner.read(handle, signal);
    const isSound = await disk.write('data', handle.name, bytes);
    return isSound ? bytes : undefined; // whoever reads parts of it finds out which are sound
  }

  async function stat(handle: Handle, signal: AbortSignal): Promise<ListedFile> {
    signal.throwIfAborted();
    const sizeBytes = keptType(handle) === 'data' ? await disk.sizeOf('data', handle.name) : undefined;
    return sizeBytes === undefined ? await inner.stat(handle, signal) : { name: handle.name, sizeBytes };
  }

  async function* list(type: FileType, signal: AbortSignal): AsyncGenerator<ListedFile> {
    const listedType = keptType({ type, metadata: true });
    // Only what was there before: others write meanwhile.
    const unlisted = listedType === undefined ? undefined : await disk.names(listedType);
    for await (const file of inner.list(type, signal)) {
      unlisted?.delete(file.name);
      yield file;
    }
    if (listedType === undefined || unlisted === undefined) return;
    for (const name of unlisted) await disk.remove(listedType, name);
  }

  const { extendObjectLock } = inner;
  return {
    ...(extendObjectLock === undefined ? {} : { extendObjectLock }),
    location: inner.location,
    get place() {
      return inner.place;
    },
    connections: inner.connections,
    uncached: inner,
    create: (signal) => inner.create(signal),
    openWriter: async (type, { metadata = false, ...rest }) => {
      const about = metadata ? { metadata } : {};
      if (keptType({ type, ...about }) === undefined) return await inner.openWriter(type, rest);
      rest.signal.throwIfAborted();
      return bufferedWriter({
        type,
        ...rest,
        save: (handle, bytes, signal) => save({ ...handle, ...about }, bytes, signal),
      });
    },
    save,
    read,
    readRange,
    stat,
    list,
    remove: async (handle, signal) => {
      await inner.remove(handle, signal);
      const type = keptType({ ...handle, metadata: true });
      if (type !== undefined) await disk.remove(type, handle.name);
    },
    freeBytes: (signal) => inner.freeBytes(signal),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

function keptType({ type, metadata }: Pick<Handle, 'type' | 'metadata'>): CachedType | undefined {
  if (type === 'index' || type === 'snapshot') return type;
  return type === 'data' && metadata === true ? type : undefined;
}
