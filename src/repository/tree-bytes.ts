/**
 * The plain bytes of many trees of one snapshot, for whoever goes through nearly all of them.
 *
 * Trees lie together in packs, so the first one that is asked for brings its whole pack into memory, still sealed; the
 * others are then opened on this thread without waiting. The packs kept are bounded, the oldest goes first.
 */
import { isHoldfastError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import { BlobDecoder } from './blob-decoder.ts';
import type { Repository } from './repository.ts';
import { packedBlob } from './repository-index.ts';

const defaultCacheBytes = 64 * 1024 * 1024;

export class TreeBytes {
  readonly #repository: Repository;
  readonly #cacheBytes: number;
  readonly #decoder: BlobDecoder;
  readonly #packs = new Map<Id, Uint8Array>();
  readonly #reading = new Map<Id, Promise<void>>();
  #cachedBytes = 0;

  constructor(repository: Repository, options: { readonly cacheBytes?: number } = {}) {
    this.#repository = repository;
    this.#cacheBytes = options.cacheBytes ?? defaultCacheBytes;
    this.#decoder = new BlobDecoder({ key: repository.key });
  }

  /** The tree as a new array, at once where its pack is in memory. Throws as `Repository.readBlob`. */
  load(id: Id, signal: AbortSignal): Uint8Array | Promise<Uint8Array> {
    return this.#cached(id) ?? this.#fetch(id, signal);
  }

  #cached(id: Id): Uint8Array | undefined {
    const { blobs } = this.#repository.index;
    const place = blobs.location(blobs.find('tree', id));
    const pack = place === undefined ? undefined : this.#packs.get(place.packId);
    if (place === undefined || pack === undefined) return undefined;
    if (place.length > this.#decoder.regionBytes || place.offset + place.length > pack.length) return undefined;
    this.#decoder.kernels.u8.set(pack.subarray(place.offset, place.offset + place.length), this.#decoder.region);
    let bytes: Uint8Array | undefined;
    this.#decoder.decode([packedBlob('tree', id, place)], place.offset, {
      blob: (_, plain) => {
        bytes = plain.slice();
      },
      damaged: () => undefined, // #fetch asks for it singly, which tries other copies and says what is wrong
    });
    return bytes;
  }

  async #fetch(id: Id, signal: AbortSignal): Promise<Uint8Array> {
    const place = this.#repository.index.lookup('tree', id);
    if (place !== undefined) await this.#keepPack(place.packId, signal);
    return this.#cached(id) ?? this.#repository.readBlob('tree', id, signal);
  }

  /** Brings a pack into memory, once for all who want it. One that cannot be had is left out: other packs may have copies. */
  async #keepPack(packId: Id, signal: AbortSignal): Promise<void> {
    if (this.#packs.has(packId)) return;
    const underWay = this.#reading.get(packId);
    if (underWay !== undefined) return underWay;
    const reading = this.#readPack(packId, signal).finally(() => this.#reading.delete(packId));
    this.#reading.set(packId, reading);
    await reading;
  }

  async #readPack(packId: Id, signal: AbortSignal): Promise<void> {
    const { backend } = this.#repository;
    const handle = { type: 'data', name: packId, metadata: true } as const;
    try {
      const { sizeBytes } = await backend.stat(handle, signal);
      if (sizeBytes > this.#cacheBytes / 2) return;
      const bytes = await backend.read(handle, signal);
      this.#packs.set(packId, bytes);
      this.#cachedBytes += bytes.length;
      this.#dropOldest(packId);
    } catch (error) {
      signal.throwIfAborted();
      if (!isHoldfastError(error)) throw error;
    }
  }

  #dropOldest(keep: Id): void {
    for (const [packId, bytes] of this.#packs) {
      if (this.#cachedBytes <= this.#cacheBytes) return;
      if (packId === keep) continue;
      this.#packs.delete(packId);
      this.#cachedBytes -= bytes.length;
    }
  }
}
