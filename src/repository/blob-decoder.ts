/**
 * Turns the bytes of a pack into blobs: MAC, decryption, decompression, SHA-256, in that order, on one thread.
 *
 *   the caller puts a range of a pack at `region` (pread straight into it, or copies)
 *   decode: groups of ~512 KiB (so that they stay in the cache) ──► BatchDecryptor ──► zstd ──► hash ──► visitor
 *
 * Guarantees: a visitor sees content only if it matches its id; every blob asked for is reported once, sound or damaged;
 * memory is taken once, but for a blob that does not fit `regionBytes` (`decodeLarge`).
 */
import { HoldfastError, messageOf } from '../base/errors.ts';
import { idOf } from '../format/id.ts';
import type { MasterKey } from '../format/key-file.ts';
import type { PackedBlob } from '../format/pack-header.ts';
import { type Kernels, loadKernels } from '../kernels/kernels.ts';
import { ivBytes, open, sealOverhead } from './crypto.ts';
import { BatchDecryptor } from './decrypt-batch.ts';
import { ZstdDecompressor } from './zstd.ts';

export interface BlobVisitor {
  /**
   * `plain` and `stored` are views that later calls overwrite: use or copy them at once. `stored` is what the pack holds,
   * decrypted: a zstd frame where the blob is compressed, else the same bytes.
   */
  blob(blob: PackedBlob, plain: Uint8Array, stored: Uint8Array): void;
  /** The blob's bytes are wrong. */
  damaged(blob: PackedBlob, error: HoldfastError): void;
}

/** Holds restic's largest chunk (8 MiB), sealed, and a little around it. */
export const defaultRegionBytes = 9 * 1024 * 1024;
const groupBytes = 512 * 1024;
const groupBlobs = 256;
/** For the decryptor and the kernels' own tables. */
const kernelReserveBytes = 2 * 1024 * 1024;

export class BlobDecoder {
  readonly kernels: Kernels;
  /** Address in `kernels.u8` where the bytes to decode are put. */
  readonly region: number;
  readonly regionBytes: number;
  readonly #key: MasterKey;
  readonly #decryptor: BatchDecryptor;
  readonly #zstd = new ZstdDecompressor();

  /** Takes `regionBytes` and about 100 KiB of the kernels' memory; makes an instance of its own unless given one. */
  constructor(options: { readonly key: MasterKey; readonly kernels?: Kernels; readonly regionBytes?: number }) {
    this.#key = options.key;
    this.regionBytes = options.regionBytes ?? defaultRegionBytes;
    this.kernels = options.kernels ?? loadKernels({ memoryBytes: this.regionBytes + kernelReserveBytes });
    this.#decryptor = new BatchDecryptor(this.kernels, options.key);
    this.region = this.kernels.alloc(this.regionBytes, 4096);
  }

  /**
   * Decodes blobs whose pack's bytes from `rangeOffset` on lie at `region`. They must lie in there and must not overlap.
   * What the region holds is undefined afterwards.
   */
  decode(blobs: readonly PackedBlob[], rangeOffset: number, visitor: BlobVisitor): void {
    for (let first = 0; first < blobs.length; ) {
      let next = first;
      for (let bytes = 0; next < blobs.length && next - first < groupBlobs && bytes < groupBytes; next++) {
        bytes += blobs[next]!.length;
      }
      this.#decodeGroup(blobs.slice(first, next), rangeOffset, visitor);
      first = next;
    }
  }

  /** Decodes one blob of any size from its sealed bytes. */
  decodeLarge(blob: PackedBlob, sealed: Uint8Array, visitor: BlobVisitor): void {
    let content: Uint8Array;
    try {
      content = open(this.#key, sealed);
    } catch (error) {
      visitor.damaged(blob, damaged(blob, messageOf(error), error));
      return;
    }
    this.#visit(blob, content, visitor);
  }

  #decodeGroup(blobs: readonly PackedBlob[], rangeOffset: number, visitor: BlobVisitor): void {
    const sealed = blobs.map(({ offset, length }) => {
      const start = offset - rangeOffset;
      if (start < 0 || start + length > this.regionBytes) {
        throw new HoldfastError('internal', 'A blob lies outside of the range that was read.');
      }
      return { address: this.region + start, length };
    });
    const bad = new Set(this.#decryptor.open(sealed));
    for (const [index, blob] of blobs.entries()) {
      if (bad.has(index)) {
        visitor.damaged(blob, damaged(blob, 'its authentication code is wrong'));
        continue;
      }
      const start = sealed[index]!.address + ivBytes;
      this.#visit(blob, this.kernels.u8.subarray(start, start + blob.length - sealOverhead), visitor);
    }
  }

  #visit(blob: PackedBlob, content: Uint8Array, visitor: BlobVisitor): void {
    let plain: Uint8Array;
    try {
      plain = this.#plain(blob, content);
    } catch (error) {
      visitor.damaged(blob, damaged(blob, messageOf(error), error));
      return;
    }
    if (idOf(plain) === blob.id) visitor.blob(blob, plain, content);
    else visitor.damaged(blob, damaged(blob, 'its content does not match its id'));
  }

  #plain(blob: PackedBlob, content: Uint8Array): Uint8Array {
    if (blob.uncompressedLength === undefined) return content;
    const limitBytes = plainLimitBytes(blob);
    if (blob.uncompressedLength > limitBytes) {
      throw new HoldfastError('corrupt', `it claims ${blob.uncompressedLength} bytes, more than ${limitBytes}`);
    }
    return this.#zstd.decompress(content, blob.uncompressedLength);
  }
}

/**
 * The most that a compressed blob may claim to hold, against bombs. Chunkers end data blobs at 8 MiB (others of the
 * format's programs may go further); a folder of millions of files makes a tree of hundreds of MiB, which compresses
 * some 30 : 1.
 */
export function plainLimitBytes(blob: PackedBlob): number {
  const floor = 64 * 1024 * 1024;
  return blob.type === 'data' ? floor : Math.min(2 ** 31, Math.max(floor, 256 * blob.length));
}

function damaged(blob: PackedBlob, why: string, cause?: unknown): HoldfastError {
  return new HoldfastError('corrupt', `The ${blob.type} blob ${blob.id} is damaged: ${why}`, {
    context: { blob: blob.id, blobType: blob.type },
    cause,
  });
}
