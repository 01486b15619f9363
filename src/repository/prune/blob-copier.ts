/**
 * Copies blobs of packs into new packs, on a worker thread.
 *
 *   ranges of about 2 MiB, the next one being read while this one is worked on
 *   range ──► every blob: MAC, decryption, decompression, SHA-256 (of a copy) ──► its sealed bytes into the new pack
 *
 * Nothing is encrypted or compressed again, but for what was stored uncompressed and shall not be. A blob that is damaged
 * fails the work: what is not provably sound is not carried over, and nothing is removed then.
 */
import type { Backend } from '../../backend/backend.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { StopFlag } from '../../base/stop-flag.ts';
import type { Id } from '../../format/id.ts';
import type { MasterKey } from '../../format/key-file.ts';
import type { PackedBlob } from '../../format/pack-header.ts';
import type { BlobDecoder } from '../blob-decoder.ts';
import type { BlobTable } from '../blob-table.ts';
import { seal, sealOverhead } from '../crypto.ts';
import { blobAt } from '../index-by-pack.ts';
import { type PackRange, planRanges } from '../pack-reader.ts';
import type { CopiedPack, CopyAnswer, CopyRequest } from '../worker/protocol.ts';
import { ZstdCompressor } from '../zstd.ts';
import { SealedPackWriter } from './sealed-pack-writer.ts';

export interface BlobCopierOptions {
  readonly backend: Backend;
  readonly key: MasterKey;
  readonly table: BlobTable;
  readonly decoder: BlobDecoder;
  readonly stop: StopFlag;
  readonly signal: AbortSignal;
  readonly packSizeBytes: number;
  readonly onPack: (pack: CopiedPack) => void;
}

const rangeBytes = 2 * 1024 * 1024;
/** Reading over unused blobs is cheaper than many reads, up to here. */
const maxGapBytes = 128 * 1024;

/** Below this, uncompressed trees are not worth a frame: the empty tree has 13 bytes. */
export const minCompressBytes = 64;

interface VerifiedBlob {
  readonly entry: number;
  /** As it will be in the new pack, but for the offset. */
  readonly blob: PackedBlob;
  readonly sealed: Uint8Array;
}

export class BlobCopier implements AsyncDisposable {
  readonly #options: BlobCopierOptions;
  readonly #writers: Readonly<Record<PackedBlob['type'], SealedPackWriter>>;
  #zstd: ZstdCompressor | undefined;

  constructor(options: BlobCopierOptions) {
    this.#options = options;
    const { backend, key, decoder, packSizeBytes, onPack, signal } = options;
    const writer = { backend, key, kernels: decoder.kernels, packSizeBytes, onPack, signal };
    this.#writers = { data: new SealedPackWriter(writer), tree: new SealedPackWriter(writer) };
  }

  /** @throws `corrupt` naming pack and blob */
  async copy(request: CopyRequest): Promise<CopyAnswer> {
    const { table, stop } = this.#options;
    const blobs = request.blobs ?? Array.from(request.entries, (entry) => blobAt({ blobs: table }, entry));
    const entries = new Map(blobs.map((blob, at) => [blob, request.entries[at]!]));
    const ranges = planRanges(blobs, { maxRangeBytes: rangeBytes, maxGapBytes });
    let bytes = 0;
    let next = this.#read(request.packId, ranges[0]);
    for (const [number, range] of ranges.entries()) {
      if (stop.raised) throw new HoldfastError('cancelled', 'The work was cancelled.');
      const stored = await next!;
      next = this.#read(request.packId, ranges[number + 1]);
      for (const { entry, blob, sealed } of this.#verify(request, range, stored, entries)) {
        await this.#writers[blob.type].add(entry, blob, sealed);
        bytes += sealed.length;
      }
      free(stored);
    }
    return { kind: 'copy', bytes };
  }

  async flush(): Promise<void> {
    await Promise.all([this.#writers.data.flush(), this.#writers.tree.flush()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#writers.data[Symbol.asyncDispose](), this.#writers.tree[Symbol.asyncDispose]()]);
  }

  #read(packId: Id, range: PackRange | undefined): Promise<Uint8Array> | undefined {
    if (range === undefined) return undefined;
    const { backend, signal } = this.#options;
    const bytes = backend.readRange({ type: 'data', name: packId }, range, signal);
    bytes.catch(() => undefined); // awaited later
    return bytes;
  }

  #verify(
    { packId, compress }: CopyRequest,
    range: PackRange,
    stored: Uint8Array,
    entries: ReadonlyMap<PackedBlob, number>,
  ): VerifiedBlob[] {
    const { decoder } = this.#options;
    const verified: VerifiedBlob[] = [];
    const visitor = {
      blob: (blob: PackedBlob, plain: Uint8Array) => {
        const at = blob.offset - range.offset;
        const anew = wantsCompression(blob, compress) ? this.#compress(blob, plain) : undefined;
        verified.push({
          entry: entries.get(blob)!,
          ...(anew ?? { blob, sealed: stored.subarray(at, at + blob.length) }),
        });
      },
      damaged: (_blob: PackedBlob, error: HoldfastError) => {
        throw new HoldfastError('corrupt', `${error.message} (pack ${packId})`, {
          hint: 'Nothing was removed. Run check --read-data to see what is damaged, and repair packs.',
          context: { ...error.context, pack: packId },
          cause: error,
        });
      },
    };
    if (range.length > decoder.regionBytes) decoder.decodeLarge(range.blobs[0]!, stored, visitor);
    else {
      decoder.kernels.u8.set(stored, decoder.region);
      decoder.decode(range.blobs, range.offset, visitor);
    }
    return verified;
  }

  /** The blob sealed anew, or undefined where compression gains nothing. */
  #compress(blob: PackedBlob, plain: Uint8Array): Omit<VerifiedBlob, 'entry'> | undefined {
    this.#zstd ??= new ZstdCompressor();
    const frame = this.#zstd.compressLarge(plain);
    if (frame === undefined) return undefined;
    const sealed = seal(this.#options.key, frame);
    return { blob: { ...blob, length: sealed.length, uncompressedLength: plain.length }, sealed };
  }
}

function wantsCompression(blob: PackedBlob, compress: CopyRequest['compress']): boolean {
  if (blob.uncompressedLength !== undefined || blob.length - sealOverhead < minCompressBytes) return false;
  return compress === 'all' || (compress === 'trees' && blob.type === 'tree');
}

/** Gives memory back at once instead of at the next garbage collection. */
function free(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer && bytes.length === bytes.buffer.byteLength) bytes.buffer.transfer(0);
}
