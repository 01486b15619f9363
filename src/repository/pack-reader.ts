/**
 * Reads packs through the backend: their headers, single blobs, many blobs in joined ranges.
 *
 * Guarantees: content is returned only if it is authentic and matches its id; errors name pack and blob; a length that
 * an index or header claims is checked against the file before memory is taken for it.
 */
import type { Backend, Handle } from '../backend/backend.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import type { MasterKey } from '../format/key-file.ts';
import {
  CRYPTO_OVERHEAD,
  decodePackHeader,
  ENTRY_BYTES,
  HEADER_LENGTH_BYTES,
  MAX_HEADER_BYTES,
  MIN_PACK_BYTES,
  type PackedBlob,
} from '../format/pack-header.ts';
import { BlobDecoder, type BlobVisitor } from './blob-decoder.ts';
import { open } from './crypto.ts';

/** What a pack's own header says. */
export interface PackListing {
  readonly blobs: readonly PackedBlob[];
  /** Bytes of the sealed header and its length field, at the end of the pack. */
  readonly headerBytes: number;
  readonly sizeBytes: number;
}

/** Part of a pack that is read at once. */
export interface PackRange {
  readonly offset: number;
  readonly length: number;
  readonly blobs: readonly PackedBlob[];
}

/** Enough of a pack's end for the header of most packs: 64 blobs. */
const eagerTailBytes = 64 * ENTRY_BYTES + CRYPTO_OVERHEAD + HEADER_LENGTH_BYTES;
/** Reading over a gap is cheaper than asking anew, locally (a seek) and far more so remotely. */
const defaultMaxGapBytes = 128 * 1024;
/** Longer ranges are no faster; several may be in flight. A single blob may be longer. */
const maxJoinedBytes = 4 * 1024 * 1024;
/** From here on a claimed length is checked against the file before memory is taken. */
const largeBytes = 16 * 1024 * 1024;

export class PackReader {
  readonly #backend: Backend;
  readonly #key: MasterKey;
  readonly #regionBytes: number | undefined;
  #decoder: BlobDecoder | undefined;

  constructor(options: { readonly backend: Backend; readonly key: MasterKey; readonly regionBytes?: number }) {
    this.#backend = options.backend;
    this.#key = options.key;
    this.#regionBytes = options.regionBytes;
  }

  /**
   * The blobs that a pack's header lists. The blobs' own bytes are not looked at.
   *
   * @param sizeBytes the pack's size, where a listing told it; asked for otherwise
   * @throws `corrupt` naming the pack; `not-found`
   */
  async listPack(packId: Id, signal: AbortSignal, sizeBytes?: number): Promise<PackListing> {
    const handle = handleOf(packId);
    const size = sizeBytes ?? (await this.#backend.stat(handle, signal)).sizeBytes;
    if (size < MIN_PACK_BYTES) throw damagedPack(packId, `it has only ${size} bytes`);
    const eager = Math.min(size, eagerTailBytes);
    let tail = await this.#backend.readRange(handle, { offset: size - eager, length: eager }, signal);
    const headerLength = new DataView(tail.buffer, tail.byteOffset, tail.length).getUint32(
      tail.length - HEADER_LENGTH_BYTES,
      true,
    );
    const headerBytes = headerLength + HEADER_LENGTH_BYTES;
    if (headerLength <= CRYPTO_OVERHEAD || headerBytes > size || headerBytes > MAX_HEADER_BYTES) {
      throw damagedPack(packId, `its header claims ${headerLength} bytes`);
    }
    if (headerBytes > tail.length) {
      tail = await this.#backend.readRange(handle, { offset: size - headerBytes, length: headerBytes }, signal);
    }
    const sealed = tail.subarray(tail.length - headerBytes, tail.length - HEADER_LENGTH_BYTES);
    return { blobs: this.#openHeader(packId, sealed, size - headerBytes), headerBytes, sizeBytes: size };
  }

  /**
   * One blob's content, as an array of the caller's own.
   *
   * @throws `corrupt` naming blob and pack; `not-found` if the pack is gone
   */
  async readBlob(packId: Id, blob: PackedBlob, signal: AbortSignal): Promise<Uint8Array> {
    let content: Uint8Array | undefined;
    let failure: HoldfastError | undefined;
    await this.readBlobs(
      packId,
      [blob],
      {
        blob: (_, plain) => {
          content = plain.slice();
        },
        damaged: (_, error) => {
          failure = error;
        },
      },
      signal,
    );
    if (content !== undefined) return content;
    throw failure ?? new HoldfastError('internal', `The blob ${blob.id} was read but not reported.`);
  }

  /**
   * Reads blobs of one pack, each reported to `visitor` once, in the order of their offsets. A range that cannot be read
   * because the pack ends before reports its blobs as damaged; other failures of the backend are thrown.
   */
  async readBlobs(
    packId: Id,
    blobs: readonly PackedBlob[],
    visitor: BlobVisitor,
    signal: AbortSignal,
    options: { readonly maxGapBytes?: number } = {},
  ): Promise<void> {
    const decoder = this.#decoderOf();
    const named = namingPack(packId, visitor);
    const plan = planRanges(blobs, { maxRangeBytes: Math.min(decoder.regionBytes, maxJoinedBytes), ...options });
    for (const range of plan) {
      const bytes = await this.#readRange(packId, range, named, signal);
      if (bytes === undefined) continue;
      const [first] = range.blobs;
      if (range.length > decoder.regionBytes && first !== undefined) {
        decoder.decodeLarge(first, bytes, named);
        continue;
      }
      decoder.kernels.u8.set(bytes, decoder.region);
      decoder.decode(range.blobs, range.offset, named);
    }
  }

  async #readRange(
    packId: Id,
    range: PackRange,
    visitor: BlobVisitor,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const handle = { ...handleOf(packId), metadata: range.blobs.every(({ type }) => type === 'tree') };
    try {
      if (range.length >= largeBytes) {
        const { sizeBytes } = await this.#backend.stat(handle, signal);
        if (range.offset + range.length > sizeBytes) throw damagedPack(packId, `it has only ${sizeBytes} bytes`);
      }
      return await this.#backend.readRange(handle, { offset: range.offset, length: range.length }, signal);
    } catch (error) {
      if (!isHoldfastError(error, 'corrupt')) throw error;
      // Joined with others, one that lies outside must not condemn them.
      if (range.blobs.length === 1) visitor.damaged(range.blobs[0]!, error);
      else for (const blob of range.blobs) await this.readBlobs(packId, [blob], visitor, signal);
      return undefined;
    }
  }

  #openHeader(packId: Id, sealed: Uint8Array, bodyBytes: number): PackedBlob[] {
    try {
      const blobs = decodePackHeader(open(this.#key, sealed));
      const last = blobs.at(-1);
      if (last === undefined || last.offset + last.length > bodyBytes) {
        throw new HoldfastError('corrupt', 'its header lists blobs beyond its end');
      }
      return blobs;
    } catch (error) {
      throw damagedPack(packId, messageOf(error), error);
    }
  }

  #decoderOf(): BlobDecoder {
    this.#decoder ??= new BlobDecoder({
      key: this.#key,
      ...(this.#regionBytes === undefined ? {} : { regionBytes: this.#regionBytes }),
    });
    return this.#decoder;
  }
}

/**
 * Joins blobs of one pack into ranges worth one read each, by offset: no range longer than `maxRangeBytes` (but for a
 * single blob that is), no gap in one longer than `maxGapBytes`, no two overlapping blobs in one.
 */
export function planRanges(
  blobs: readonly PackedBlob[],
  limits: { readonly maxRangeBytes: number; readonly maxGapBytes?: number },
): PackRange[] {
  const maxGapBytes = limits.maxGapBytes ?? defaultMaxGapBytes;
  const ranges: { offset: number; length: number; blobs: PackedBlob[] }[] = [];
  let current: { offset: number; length: number; blobs: PackedBlob[] } | undefined;
  for (const blob of blobs.toSorted((a, b) => a.offset - b.offset)) {
    const gap = current === undefined ? 0 : blob.offset - (current.offset + current.length);
    const joined = current === undefined ? 0 : blob.offset + blob.length - current.offset;
    if (current === undefined || gap < 0 || gap > maxGapBytes || joined > limits.maxRangeBytes) {
      current = { offset: blob.offset, length: blob.length, blobs: [blob] };
      ranges.push(current);
    } else {
      current.length = joined;
      current.blobs.push(blob);
    }
  }
  return ranges;
}

function handleOf(packId: Id): Handle {
  return { type: 'data', name: packId };
}

function damagedPack(packId: Id, why: string, cause?: unknown): HoldfastError {
  return new HoldfastError('corrupt', `The pack ${packId} is damaged: ${why}`, {
    hint: 'Run check; repair packs salvages what is sound in it.',
    context: { type: 'data', name: packId, pack: packId },
    cause,
  });
}

/** Adds the pack's name to what is reported as damaged. */
function namingPack(packId: Id, visitor: BlobVisitor): BlobVisitor {
  return {
    blob: (blob, plain, stored) => visitor.blob(blob, plain, stored),
    damaged: (blob, error) =>
      visitor.damaged(
        blob,
        error.context.pack === undefined || error.context.blob === undefined
          ? new HoldfastError('corrupt', `${error.message} (pack ${packId})`, {
              hint: 'Run check; repair packs salvages what is sound in the pack.',
              context: { blob: blob.id, blobType: blob.type, pack: packId },
              cause: error,
            })
          : error,
      ),
  };
}
