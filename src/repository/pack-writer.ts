/**
 * Writes blobs into pack files: compress, encrypt, append, and publish a pack when it is full.
 *
 *   append(entry, bytes)
 *     compress into a slot, or take the bytes as they are where compression gains nothing
 *     when 2 MiB of sealed bytes are ready: hash them, write them to the backend's file
 *     when the pack has its size: seal the rest, write the header, name it by its SHA-256, publish it (asynchronous)
 *
 * One writer serves one thread and one blob type. Memory is taken at construction and used for ever; no pack is ever
 * whole in memory. A blob's place is in the blob table as soon as it is sealed, but may be relied on only after
 * `onPack` told that its pack is durable.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Backend, FileWriter } from '../backend/backend.ts';
import { idToBytes } from '../format/id.ts';
import type { MasterKey } from '../format/key-file.ts';
import { encodePackHeader, type PackedBlob } from '../format/pack-header.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { BlobTable, BlobType } from './blob-table.ts';
import { seal } from './crypto.ts';
import { PackStaging } from './pack-staging.ts';
import { fastProfile, levelProfile, ZstdCompressor, type ZstdProfile } from './zstd.ts';

/** `off` still compresses trees, as restic does; `max` is slow. */
export type Compression = 'auto' | 'off' | 'max';

/** A pack that is durable under its name. */
export interface FinishedPack {
  /** Its number in the blob table. */
  readonly pack: number;
  /** The table's entries of its blobs, in the order in which they lie in it. */
  readonly entries: readonly number[];
  readonly sizeBytes: number;
}

export interface PackWriterOptions {
  readonly kernels: Kernels;
  readonly key: MasterKey;
  readonly backend: Backend;
  readonly table: BlobTable;
  readonly type: BlobType;
  /** 1 has no compression. */
  readonly repositoryVersion: 1 | 2;
  readonly compression: Compression;
  /** A pack is closed when it is at least this large. */
  readonly packSizeBytes: number;
  /** The largest blob that goes through the fixed memory; larger ones (huge folders' trees) take memory of their own. */
  readonly maxBlobBytes: number;
  readonly onPack: (pack: FinishedPack) => void;
  readonly signal: AbortSignal;
}

/** restic's default size of a pack. */
export const defaultPackSizeBytes = 16 * 1024 * 1024;
/**
 * A pack of tiny blobs is closed when it has about this many: its header, at 41 bytes a blob, must stay below 16 MiB
 * (restic, maxHeaderSize), and fit into the staging memory.
 */
const maxPackBlobs = 65_536;
const segmentBytes = 2 * 1024 * 1024;
/** O_DIRECT wants whole pages. */
const pageBytes = 4096;
/** More hide no more of what a commit waits for; fewer where each is a pack in memory. */
const commitsAtOnce = { onDisk: 2, inMemory: 1 };
const profiles: Readonly<Record<Compression, ZstdProfile>> = {
  auto: fastProfile,
  off: fastProfile,
  max: levelProfile(19),
};
/** Below this a try costs less than the look that could spare it. */
const probeFromBytes = 256 * 1024;
const probeBytes = 4096;

export class PackWriter implements AsyncDisposable {
  readonly #options: PackWriterOptions;
  readonly #kernels: Kernels;
  readonly #table: BlobTable;
  readonly #staging: PackStaging;
  readonly #zstd: ZstdCompressor | undefined;
  readonly #commits = new Set<Promise<void>>();
  #opening: Promise<void> | undefined;
  #writer: FileWriter | undefined;
  #hash: Hash = createHash('sha256');
  #pack = -1;
  #entries: number[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(options: PackWriterOptions) {
    this.#options = options;
    this.#kernels = options.kernels;
    this.#table = options.table;
    const compresses = options.repositoryVersion > 1 && (options.compression !== 'off' || options.type === 'tree');
    this.#zstd = compresses ? new ZstdCompressor(profiles[options.compression]) : undefined;
    this.#staging = new PackStaging({
      kernels: options.kernels,
      key: options.key,
      maxBlobBytes: options.maxBlobBytes,
      outBytes: segmentBytes,
      sink: { placed: (entry, offset, length) => this.#placed(entry, offset, length) },
    });
  }

  /**
   * Appends the blob of a claimed entry: `length` bytes of plain text at `start` of the kernels' memory. They are
   * consumed when it returns, or when the promise it returns resolves. Never call it while an earlier promise is open.
   */
  append(entry: number, start: number, length: number): void | Promise<void> {
    if (this.#writer === undefined || this.#failure !== undefined) {
      return this.#ready().then(() => this.append(entry, start, length));
    }
    const compressed = this.#zstd === undefined ? 0 : this.#compress(this.#zstd, start, length);
    if (compressed > 0) {
      this.#table.setLocation(entry, this.#pack, 0, 0, length);
      this.#staging.addSlot(entry, compressed);
    } else {
      this.#table.setLocation(entry, this.#pack, 0, 0, 0);
      this.#staging.addFrom(entry, start, length);
    }
    return this.#afterAppend();
  }

  /**
   * As `append`, for a blob that is compressed already: `length` bytes of a zstd frame, known to hold `plainLength` bytes.
   * Only for format 2.
   */
  appendFrame(entry: number, start: number, length: number, plainLength: number): void | Promise<void> {
    if (this.#writer === undefined || this.#failure !== undefined) {
      return this.#ready().then(() => this.appendFrame(entry, start, length, plainLength));
    }
    this.#table.setLocation(entry, this.#pack, 0, 0, plainLength);
    this.#staging.addFrom(entry, start, length);
    return this.#afterAppend();
  }

  /** As `append`, for a blob that is larger than `maxBlobBytes`. */
  async appendLarge(entry: number, bytes: Uint8Array): Promise<void> {
    await this.#ready();
    this.#staging.seal();
    const compressed = this.#zstd?.compressLarge(bytes);
    const content = compressed ?? bytes;
    const sealed = seal(this.#options.key, content);
    this.#table.setLocation(entry, this.#pack, 0, 0, compressed === undefined ? 0 : bytes.length);
    this.#placed(entry, this.#staging.packBytes, sealed.length);
    for (let at = 0; at < sealed.length; at += segmentBytes) {
      this.#staging.appendSealed(sealed.subarray(at, at + segmentBytes));
      await this.#drain(false);
    }
    await this.#afterAppend();
  }

  /** Publishes the pack that is being filled, and waits until every pack is durable. */
  async flush(): Promise<void> {
    if (this.#entries.length > 0 || this.#staging.packBytes > 0) {
      await this.#ready();
      await this.#finishPack();
    }
    await this.#opening;
    await Promise.all(this.#commits);
    this.#throwFailure();
  }

  /** Drops the pack that is being filled; published ones stay. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opening?.catch(() => undefined);
    await Promise.allSettled(this.#commits);
    await this.#writer?.[Symbol.asyncDispose]();
    this.#writer = undefined;
  }

  /** Length of the frame that was written to the staging slot, or 0 where the blob shall be stored as it is. */
  #compress(zstd: ZstdCompressor, start: number, length: number): number {
    const { buffer } = this.#kernels.memory;
    const { slot } = this.#staging;
    if (length >= probeFromBytes && !this.#looksCompressible(zstd, start, length)) return 0;
    const frame = zstd.compress(new Uint8Array(buffer, start, length), new Uint8Array(buffer, slot, length));
    return frame < length ? frame : 0;
  }

  /** Tries a few small samples of a large blob: media files and archives are spared a whole pass. */
  #looksCompressible(zstd: ZstdCompressor, start: number, length: number): boolean {
    const { buffer } = this.#kernels.memory;
    const target = new Uint8Array(buffer, this.#staging.slot, probeBytes);
    for (let sample = 1; sample < 8; sample++) {
      const at = start + Math.floor((length * sample) / 8);
      const frame = zstd.compress(new Uint8Array(buffer, at, probeBytes), target);
      if (frame > 0 && frame < probeBytes * 0.97) return true;
    }
    return false;
  }

  #placed(entry: number, offset: number, length: number): void {
    this.#table.setLocation(entry, this.#pack, offset, length, this.#table.uncompressedLength(entry));
    this.#entries.push(entry);
  }

  #afterAppend(): void | Promise<void> {
    const full = this.#staging.packBytes >= this.#options.packSizeBytes || this.#entries.length >= maxPackBlobs;
    if (full) return this.#finishPack();
    if (this.#staging.outUsed >= segmentBytes) return this.#drain(false);
  }

  /** Writes what is sealed: whole pages, and with `all` the rest too. */
  #drain(all: boolean): void | Promise<void> {
    const staging = this.#staging;
    const bytes = all ? staging.outUsed : staging.outUsed - (staging.outUsed % pageBytes);
    if (bytes === 0) return;
    const segment = new Uint8Array(this.#kernels.memory.buffer, staging.outStart, bytes);
    this.#hash.update(segment);
    const written = this.#writer?.write(segment);
    if (written === undefined) {
      staging.consumeOut(bytes);
      return;
    }
    return written.then(() => staging.consumeOut(bytes));
  }

  async #finishPack(): Promise<void> {
    const staging = this.#staging;
    staging.seal();
    await this.#drain(false);
    const header = seal(this.#options.key, encodePackHeader(this.#packedBlobs()));
    staging.appendSealed(header);
    const headerLength = new Uint8Array(4);
    new DataView(headerLength.buffer).setUint32(0, header.length, true);
    staging.appendSealed(headerLength);
    const sizeBytes = staging.packBytes;
    await this.#drain(true);

    const writer = this.#writer!;
    const name = this.#hash.digest('hex');
    const finished: FinishedPack = { pack: this.#pack, entries: this.#entries, sizeBytes };
    this.#writer = undefined;
    this.#hash = createHash('sha256');
    this.#entries = [];
    staging.startPack();
    this.#publish(writer, name, finished);
    const { onDisk, inMemory } = commitsAtOnce;
    if (this.#commits.size > (writer.isInMemory === true ? inMemory : onDisk)) await Promise.race(this.#commits);
    this.#throwFailure();
  }

  #publish(writer: FileWriter, name: string, finished: FinishedPack): void {
    const work = async (): Promise<void> => {
      try {
        await using _ = writer;
        await writer.commit(name);
        this.#table.setPackId(finished.pack, idToBytes(name));
        this.#options.onPack(finished);
      } catch (error) {
        this.#failure ??= { error };
      }
    };
    const running = work().finally(() => this.#commits.delete(running));
    this.#commits.add(running);
  }

  #packedBlobs(): PackedBlob[] {
    const table = this.#table;
    return this.#entries.map((entry) => {
      const uncompressedLength = table.uncompressedLength(entry);
      return {
        type: table.type(entry),
        id: table.id(entry),
        offset: table.offset(entry),
        length: table.length(entry),
        ...(uncompressedLength === 0 ? {} : { uncompressedLength }),
      };
    });
  }

  /** Makes sure that a file is open for the next pack. */
  async #ready(): Promise<void> {
    this.#throwFailure();
    if (this.#writer !== undefined) return;
    this.#opening ??= this.#openPack().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
  }

  async #openPack(): Promise<void> {
    const { backend, signal, packSizeBytes, type } = this.#options;
    const about = { sizeHintBytes: packSizeBytes, metadata: type === 'tree' };
    this.#writer = await backend.openWriter('data', { ...about, signal });
    this.#pack = this.#table.addPack();
  }

  #throwFailure(): void {
    this.#options.signal.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
