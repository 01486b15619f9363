/**
 * Zstandard for blobs and unpacked files: whole frames in, whole frames out, never more output than was announced.
 *
 * Frames carry their content size (restic's readers, and the check against bombs below, rely on it) and no checksum:
 * the blob's SHA-256 and the MAC are stronger.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { HoldfastError, messageOf } from '../base/errors.ts';
import {
  compressHandle,
  compressOptions,
  decompressHandle,
  type ZstdHandle,
  type ZstdSettings,
} from './zstd-handle.ts';

/** Settings for blobs up to a size, in rising order; the last one serves all that are larger. */
export type ZstdProfile = readonly { readonly upToBytes: number; readonly settings: ZstdSettings }[];

const kib = 1024;

/**
 * Fast, at about the size that restic's default gives: zstd's level 2 where it is worth its time, and what was measured
 * to be cheaper (a tenth of the time in all) at nearly the same size where it is not.
 */
export const fastProfile: ZstdProfile = [
  { upToBytes: 16 * kib, settings: { level: 1, minMatch: 6 } },
  { upToBytes: 128 * kib, settings: { level: 2, minMatch: 6 } },
  { upToBytes: 256 * kib, settings: { level: 1, hashLog: 16 } },
  { upToBytes: Number.POSITIVE_INFINITY, settings: { level: 2 } },
];

/** One level for every size. */
export function levelProfile(level: number): ZstdProfile {
  return [{ upToBytes: Number.POSITIVE_INFINITY, settings: { level } }];
}

/** Upper bound of a compressed frame: what `dst` should hold for full speed (zstd's ZSTD_COMPRESSBOUND). */
export function zstdBound(plainLength: number): number {
  return plainLength + (plainLength >>> 8) + 64;
}

interface Context {
  readonly upToBytes: number;
  readonly settings: ZstdSettings;
  handle: ZstdHandle | undefined;
}

/** Compresses one blob after the other, on one context for each settings of the profile. Not shared between threads. */
export class ZstdCompressor {
  readonly #contexts: Context[];

  constructor(profile: ZstdProfile = fastProfile) {
    this.#contexts = profile.map((part) => ({ ...part, handle: compressHandle(part.settings) }));
  }

  /**
   * Compresses `src` into `dst` as one frame. `dst` of `zstdBound(src.length)` bytes is fastest; what lies behind the
   * result is undefined afterwards.
   *
   * @returns bytes written; 0 if the frame does not fit or is no shorter than `src`
   */
  compress(src: Uint8Array, dst: Uint8Array): number {
    if (src.length === 0) return 0;
    const context = this.#contextFor(src.length);
    const { handle, settings } = context;
    if (handle === undefined) return compressSync(settings, src, dst);
    const spareBytes = handle.run(src, dst);
    if (typeof spareBytes === 'number') {
      const written = dst.length - spareBytes;
      return written < src.length ? written : 0;
    }
    if (spareBytes === 'failed' || !handle.drain(src)) context.handle = compressHandle(settings);
    return 0;
  }

  /** As `compress`, into a new array, for what is too large for a fixed one; undefined where nothing is gained. */
  compressLarge(src: Uint8Array): Uint8Array | undefined {
    const frame = zstdCompress(src, this.#contextFor(src.length).settings.level);
    return frame.length < src.length ? frame : undefined;
  }

  #contextFor(length: number): Context {
    return this.#contexts.find((context) => length <= context.upToBytes) ?? this.#contexts.at(-1)!;
  }
}

function compressSync(settings: ZstdSettings, src: Uint8Array, dst: Uint8Array): number {
  const frame = zstdCompressSync(src, { ...compressOptions(settings), pledgedSrcSize: src.length });
  if (frame.length >= Math.min(src.length, dst.length)) return 0;
  dst.set(frame);
  return frame.length;
}

/** One frame of `src`, as a new array. For unpacked files and tests; blobs go through a ZstdCompressor. */
export function zstdCompress(src: Uint8Array, level: number = 3): Uint8Array {
  return zstdCompressSync(src, { ...compressOptions({ level }), pledgedSrcSize: src.length });
}

const spareRoom = 64; // output never gets full, so "finished" and "wants more room" are told apart
const keepScratchBytes = 9 * 1024 * 1024;

/** Decompresses one blob after the other on one context. Not shared between threads. */
export class ZstdDecompressor {
  #handle: ZstdHandle | undefined = decompressHandle();
  #scratch = new Uint8Array(0);

  /**
   * The content of one frame of exactly `expectedLength` bytes, as a view that the next call overwrites.
   *
   * @throws `corrupt` if it is no whole frame or has another length. Memory taken is bounded by `expectedLength`
   */
  decompress(src: Uint8Array, expectedLength: number): Uint8Array {
    const announced = frameContentSize(src);
    if (announced !== undefined && announced !== expectedLength) {
      throw wrongLength(expectedLength, `${announced}`);
    }
    if (this.#handle === undefined) return decompressSync(src, expectedLength);
    const dst = this.#room(expectedLength + spareRoom);
    const spareBytes = this.#handle.run(src, dst);
    if (spareBytes === dst.length - expectedLength) return dst.subarray(0, expectedLength);
    // The context is dirty now. The documented call decides, so that no fault of the fast path condemns a good blob.
    this.#handle = decompressHandle();
    return decompressSync(src, expectedLength);
  }

  #room(bytes: number): Uint8Array {
    if (bytes > keepScratchBytes) return new Uint8Array(bytes);
    if (this.#scratch.length < bytes) {
      this.#scratch = new Uint8Array(Math.min(keepScratchBytes, Math.max(2 * bytes, 256 * 1024)));
    }
    return this.#scratch;
  }
}

/**
 * The content of one frame of exactly `expectedLength` bytes, as a new array.
 *
 * @throws `corrupt` as ZstdDecompressor.decompress
 */
export function zstdDecompress(src: Uint8Array, expectedLength: number): Uint8Array {
  const announced = frameContentSize(src);
  if (announced !== undefined && announced !== expectedLength) throw wrongLength(expectedLength, `${announced}`);
  return decompressSync(src, expectedLength);
}

/**
 * The content of a frame whose length nobody announced beforehand, at most `limitBytes`.
 *
 * @throws `corrupt` if it is no whole frame or longer than the limit
 */
export function zstdDecompressUpTo(src: Uint8Array, limitBytes: number): Uint8Array {
  const announced = frameContentSize(src);
  if (announced !== undefined && announced > limitBytes) throw wrongLength(limitBytes, `${announced}`);
  return inflate(src, limitBytes, announced ?? Math.min(limitBytes, 4 * src.length));
}

function decompressSync(src: Uint8Array, expectedLength: number): Uint8Array {
  const plain = inflate(src, expectedLength, expectedLength);
  if (plain.length !== expectedLength) throw wrongLength(expectedLength, `${plain.length}`);
  return plain;
}

function inflate(src: Uint8Array, limitBytes: number, likelyBytes: number): Uint8Array {
  try {
    return zstdDecompressSync(src, {
      maxOutputLength: Math.max(1, limitBytes),
      chunkSize: Math.max(64, likelyBytes),
      finishFlush: constants.ZSTD_e_end,
    });
  } catch (cause) {
    throw new HoldfastError('corrupt', `Compressed data cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function wrongLength(expected: number, found: string): HoldfastError {
  return new HoldfastError('corrupt', `Compressed data holds ${found} bytes where ${expected} were announced.`);
}

/** The content size that a frame's header announces (RFC 8878, 3.1.1.1), or undefined if it has none or is no frame. */
export function frameContentSize(frame: Uint8Array): number | undefined {
  if (frame.length < 6) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint32(0, true) !== 0xfd2f_b528) return undefined;
  const descriptor = frame[4]!;
  const singleSegment = (descriptor >> 5) & 1;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3]!;
  const at = 5 + (singleSegment === 1 ? 0 : 1) + dictionaryIdBytes;
  const sizeBytes = [singleSegment, 2, 4, 8][descriptor >> 6]!;
  if (sizeBytes === 0 || at + sizeBytes > frame.length) return undefined;
  if (sizeBytes === 1) return frame[at];
  if (sizeBytes === 2) return view.getUint16(at, true) + 256;
  if (sizeBytes === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}
