/**
 * Stores blobs that come from elsewhere: data and tree packs, and index files about them every few seconds, so that what
 * was copied before an interruption is not copied again.
 *
 * Memory is taken once. One call at a time.
 */
import { type Kernels, loadKernels } from '../../kernels/kernels.ts';
import type { BlobType } from '../blob-table.ts';
import { IndexSaver } from '../index-saver.ts';
import { type Compression, type FinishedPack, PackWriter } from '../pack-writer.ts';
import type { Commit, Repository } from '../repository.ts';

export interface BlobWriterOptions {
  /** Its index must be loaded. */
  readonly repository: Repository;
  readonly compression: Compression;
  readonly packSizeBytes: number;
  /** Of the repository's lock. */
  readonly commit: Commit;
  readonly signal: AbortSignal;
}

/** A blob's bytes: plain, or the zstd frame that is to be stored as it is. */
export interface BlobBytes {
  readonly bytes: Uint8Array;
  /** Set for a frame: the length of what it holds. */
  readonly frameOf: number | undefined;
}

const mib = 1024 * 1024;
/** The largest blob that goes through fixed memory, by type; larger ones take memory of their own for a moment. */
const maxBlobBytes: Readonly<Record<BlobType, number>> = { data: 8 * mib, tree: 2 * mib };
/** The window, the staging (twice the blob), its segments and the kernels' tables. */
const kernelBytes = (type: BlobType): number => 3 * maxBlobBytes[type] + 7 * mib;
const indexEveryMs = 10_000;

interface Lane {
  readonly kernels: Kernels;
  readonly window: number;
  readonly packs: PackWriter;
}

export class BlobWriter implements AsyncDisposable {
  readonly #options: BlobWriterOptions;
  readonly #saver: IndexSaver;
  readonly #lanes = new Map<BlobType, Lane>();
  #indexedAtMs = performance.now();
  #indexing: Promise<unknown> = Promise.resolve();
  /** Bytes of the packs that are durable. */
  packedBytes = 0;

  constructor(options: BlobWriterOptions) {
    this.#options = options;
    this.#saver = new IndexSaver(options.repository, { commit: options.commit });
  }

  /** Stores a blob whose `entry` in the table was claimed. Consumed when it returns, or its promise resolves. */
  append(type: BlobType, entry: number, { bytes, frameOf }: BlobBytes): void | Promise<void> {
    const { kernels, window, packs } = this.#laneOf(type);
    if (bytes.length > maxBlobBytes[type]) return packs.appendLarge(entry, bytes);
    kernels.u8.set(bytes, window);
    if (frameOf === undefined) return packs.append(entry, window, bytes.length);
    return packs.appendFrame(entry, window, bytes.length, frameOf);
  }

  /** Whether a frame of that size may be stored as it is; larger blobs are to be given plain. */
  takesFrame(type: BlobType, frameBytes: number): boolean {
    const { repository, compression } = this.#options;
    if (repository.config.version < 2 || frameBytes > maxBlobBytes[type]) return false;
    return compression === 'auto' || (compression === 'off' && type === 'tree');
  }

  /** Everything that was appended is durable, and in an index, when it resolves. */
  async flush(signal: AbortSignal): Promise<void> {
    for (const { packs } of this.#lanes.values()) await packs.flush();
    await this.#indexing;
    await this.#saver.flush(signal);
  }

  /** Indexes the packs that are durable already, after a failure. */
  async salvage(signal: AbortSignal): Promise<void> {
    await this.#saver.flush(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { packs } of this.#lanes.values()) await packs[Symbol.asyncDispose]();
    await this.#indexing.catch(() => undefined);
  }

  #laneOf(type: BlobType): Lane {
    const known = this.#lanes.get(type);
    if (known !== undefined) return known;
    const { repository, compression, packSizeBytes, signal } = this.#options;
    const kernels = loadKernels({ memoryBytes: kernelBytes(type) });
    const window = kernels.alloc(maxBlobBytes[type], 4096);
    const packs = new PackWriter({
      kernels,
      key: repository.key,
      backend: repository.backend,
      table: repository.index.blobs,
      type,
      repositoryVersion: repository.config.version,
      compression,
      packSizeBytes,
      maxBlobBytes: maxBlobBytes[type],
      onPack: (pack) => this.#onPack(pack),
      signal,
    });
    const lane = { kernels, window, packs };
    this.#lanes.set(type, lane);
    return lane;
  }

  #onPack({ pack, entries, sizeBytes }: FinishedPack): void {
    const { repository, signal } = this.#options;
    this.#saver.addEntries(repository.index.blobs, pack, entries);
    this.packedBytes += sizeBytes;
    if (performance.now() - this.#indexedAtMs < indexEveryMs) return;
    this.#indexedAtMs = performance.now();
    this.#indexing = this.#indexing.then(() => this.#saver.flush(signal));
    this.#indexing.catch(() => undefined); // `flush` says it
  }
}
