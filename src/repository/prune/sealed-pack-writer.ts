/**
 * Writes packs of blobs that are sealed already: what prune keeps of a pack travels as it is, with its own IV and MAC.
 *
 * The caller vouches for the blobs (their MAC and hash were checked when they were read). A pack that is being filled is
 * a temporary file of the backend; it becomes a pack, durable, before `onPack` tells of it. Memory: one segment.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Backend, FileWriter } from '../../backend/backend.ts';
import type { MasterKey } from '../../format/key-file.ts';
import { encodePackHeader, type PackedBlob } from '../../format/pack-header.ts';
import type { Kernels } from '../../kernels/kernels.ts';
import { seal } from '../crypto.ts';
import type { CopiedPack } from '../worker/protocol.ts';

export interface SealedPackWriterOptions {
  readonly backend: Backend;
  readonly key: MasterKey;
  /** Gives the segment's memory: 2 MiB for ever. */
  readonly kernels: Kernels;
  readonly packSizeBytes: number;
  readonly onPack: (pack: CopiedPack) => void;
  readonly signal: AbortSignal;
}

const segmentBytes = 2 * 1024 * 1024;
/** Far below what a pack's header can hold. */
const maxPackBlobs = 100_000;

export class SealedPackWriter implements AsyncDisposable {
  readonly #options: SealedPackWriterOptions;
  readonly #segment: number;
  #used = 0;
  #writer: FileWriter | undefined;
  #hash: Hash = createHash('sha256');
  #bytes = 0;
  #entries: number[] = [];
  #blobs: PackedBlob[] = [];
  #commit: Promise<void> | undefined;

  constructor(options: SealedPackWriterOptions) {
    this.#options = options;
    this.#segment = options.kernels.alloc(segmentBytes, 4096);
  }

  /** Appends a blob. `sealed` is consumed when the promise resolves; `blob`'s offset is of no matter. */
  async add(entry: number, blob: PackedBlob, sealed: Uint8Array): Promise<void> {
    this.#entries.push(entry);
    this.#blobs.push({ ...blob, offset: this.#bytes });
    await this.#append(sealed);
    if (this.#bytes >= this.#options.packSizeBytes || this.#blobs.length >= maxPackBlobs) await this.#finish();
  }

  /** Everything that was added is in a durable pack when it resolves. */
  async flush(): Promise<void> {
    if (this.#blobs.length > 0) await this.#finish();
    await this.#commit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#commit?.catch(() => undefined);
    await this.#writer?.[Symbol.asyncDispose]();
    this.#writer = undefined;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const count = Math.min(segmentBytes - this.#used, bytes.length - at);
      this.#options.kernels.u8.set(bytes.subarray(at, at + count), this.#segment + this.#used);
      this.#used += count;
      at += count;
      if (this.#used === segmentBytes) await this.#drain();
    }
    this.#bytes += bytes.length;
  }

  async #drain(): Promise<void> {
    const { backend, packSizeBytes, signal, kernels } = this.#options;
    this.#writer ??= await backend.openWriter('data', { sizeHintBytes: packSizeBytes, signal });
    const segment = kernels.u8.subarray(this.#segment, this.#segment + this.#used);
    this.#hash.update(segment);
    await this.#writer.write(segment);
    this.#used = 0;
  }

  async #finish(): Promise<void> {
    const header = seal(this.#options.key, encodePackHeader(this.#blobs));
    const headerLength = new Uint8Array(4);
    new DataView(headerLength.buffer).setUint32(0, header.length, true);
    await this.#append(header);
    await this.#append(headerLength);
    await this.#drain();
    const writer = this.#writer!;
    const pack: CopiedPack = {
      packId: this.#hash.digest('hex'),
      sizeBytes: this.#bytes,
      entries: Uint32Array.from(this.#entries),
      lengths: Uint32Array.from(this.#blobs, ({ length }) => length),
      plainLengths: Uint32Array.from(this.#blobs, ({ uncompressedLength }) => uncompressedLength ?? 0),
    };
    this.#writer = undefined;
    this.#hash = createHash('sha256');
    this.#bytes = 0;
    this.#entries = [];
    this.#blobs = [];
    await this.#commit; // one at a time: the next pack fills while this one is made durable
    this.#commit = this.#publish(writer, pack);
    this.#commit.catch(() => undefined); // awaited by the next one, or by flush
  }

  async #publish(writer: FileWriter, pack: CopiedPack): Promise<void> {
    await using _ = writer;
    await writer.commit(pack.packId);
    this.#options.onPack(pack);
  }
}
