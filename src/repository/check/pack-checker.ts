/**
 * Reads a pack whole and says all that is wrong with it, on a worker thread.
 *
 *   segments of about 2 MiB, cut between blobs; the next one is being read while this one is worked on
 *   segment ──► SHA-256 of the pack ──► every blob: MAC, decryption, decompression, SHA-256
 *   at the end: the pack's name, its header, and whether the header and the index say the same
 *
 * A pack that is wrong is read once more, so that a fault on the way is not taken for one in the store.
 */
import { createHash } from 'node:crypto';
import type { Backend } from '../../backend/backend.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../../base/errors.ts';
import type { StopFlag } from '../../base/stop-flag.ts';
import type { MasterKey } from '../../format/key-file.ts';
import type { PackedBlob } from '../../format/pack-header.ts';
import type { BlobDecoder } from '../blob-decoder.ts';
import type { BlobTable } from '../blob-table.ts';
import { blobAt } from '../index-by-pack.ts';
import { PackReader } from '../pack-reader.ts';
import type { CheckAnswer, CheckRequest } from '../worker/protocol.ts';
import { type PackSegment, packSegments } from './pack-segments.ts';

export interface PackCheckerOptions {
  readonly backend: Backend;
  readonly key: MasterKey;
  readonly table: BlobTable;
  readonly decoder: BlobDecoder;
  readonly stop: StopFlag;
  readonly signal: AbortSignal;
}

interface Findings {
  readonly problems: string[];
  readonly damaged: PackedBlob[];
  readonly unreadable: boolean;
}

/** Problems of one pack that are told one by one; the rest is counted. */
const maxProblems = 20;

export class PackChecker {
  readonly #options: PackCheckerOptions;
  readonly #reader: PackReader;

  constructor(options: PackCheckerOptions) {
    this.#options = options;
    this.#reader = new PackReader({ backend: options.backend, key: options.key });
  }

  async check(request: CheckRequest): Promise<CheckAnswer> {
    const { table } = this.#options;
    const blobs: PackedBlob[] = [];
    for (const entry of request.entries) blobs.push(blobAt({ blobs: table }, entry));
    if (request.copies.length > 0) {
      blobs.push(...request.copies);
      blobs.sort((a, b) => a.offset - b.offset);
    }
    const first = await this.#read(request, blobs);
    if (first.problems.length === 0) return answer(first, false);
    const second = await this.#read(request, blobs);
    return second.problems.length === 0 ? answer(first, true) : answer(second, false);
  }

  async #read(request: CheckRequest, blobs: readonly PackedBlob[]): Promise<Findings> {
    const problems: string[] = [];
    const damaged: PackedBlob[] = [];
    const { segments, apart, outside } = packSegments(blobs, request.sizeBytes, {
      maxBytes: this.#options.decoder.regionBytes,
    });
    const visitor = {
      blob: () => undefined,
      damaged: (blob: PackedBlob, error: HoldfastError) => {
        damaged.push(blob);
        problems.push(error.message);
      },
    };
    try {
      const name = await this.#readSegments(request, segments, visitor);
      if (name !== request.packId) problems.unshift('its content does not match its name');
      for (const blob of apart) await this.#reader.readBlobs(request.packId, [blob], visitor, this.#options.signal);
    } catch (error) {
      if (!isPackFault(error)) throw error;
      return {
        problems: [messageOf(error)],
        damaged: isHoldfastError(error, 'corrupt', 'not-found') ? [...blobs] : [],
        unreadable: true,
      };
    }
    for (const blob of outside) {
      damaged.push(blob);
      problems.push(`The ${blob.type} blob ${blob.id} lies beyond the end of the pack.`);
    }
    problems.push(...(await this.#compareHeader(request, blobs)));
    return { problems, damaged, unreadable: false };
  }

  /** Gives the SHA-256 of the pack. */
  async #readSegments(
    { packId }: CheckRequest,
    segments: readonly PackSegment[],
    visitor: Parameters<BlobDecoder['decode']>[2],
  ): Promise<string> {
    const { backend, decoder, stop, signal } = this.#options;
    const hash = createHash('sha256');
    const read = (segment: PackSegment | undefined): Promise<Uint8Array> | undefined => {
      if (segment === undefined) return undefined;
      const { offset, length } = segment;
      const bytes = backend.readRange({ type: 'data', name: packId }, { offset, length }, signal);
      bytes.catch(() => undefined); // awaited later
      return bytes;
    };
    let next = read(segments[0]);
    for (const [number, segment] of segments.entries()) {
      if (stop.raised) throw new HoldfastError('cancelled', 'The check was cancelled.');
      const bytes = await next!;
      next = read(segments[number + 1]);
      if (segment.length > decoder.regionBytes) {
        hash.update(bytes);
        for (const blob of segment.blobs) decoder.decodeLarge(blob, bytes, visitor);
        continue;
      }
      decoder.kernels.u8.set(bytes, decoder.region);
      free(bytes);
      hash.update(decoder.kernels.u8.subarray(decoder.region, decoder.region + segment.length));
      decoder.decode(segment.blobs, segment.offset, visitor);
    }
    return hash.digest('hex');
  }

  async #compareHeader({ packId, sizeBytes }: CheckRequest, blobs: readonly PackedBlob[]): Promise<string[]> {
    try {
      const { blobs: listed } = await this.#reader.listPack(packId, this.#options.signal, sizeBytes);
      if (listed.length === blobs.length && listed.every((blob, at) => isSame(blob, blobs[at]!))) return [];
      const indexed = new Set(blobs.map(keyOf));
      const inHeader = new Set(listed.map(keyOf));
      const notIndexed = listed.filter((blob) => !indexed.has(keyOf(blob))).length;
      const notListed = blobs.filter((blob) => !inHeader.has(keyOf(blob))).length;
      return [
        `its header and the index differ: ${notIndexed} blobs are not in the index, ${notListed} not in the header`,
      ];
    } catch (error) {
      if (!isPackFault(error)) throw error;
      return [messageOf(error)];
    }
  }
}

function answer({ problems, damaged, unreadable }: Findings, unsteady: boolean): CheckAnswer {
  const told = problems.slice(0, maxProblems);
  if (problems.length > maxProblems) told.push(`and ${problems.length - maxProblems} more`);
  return {
    kind: 'check',
    problems: told,
    damaged: unsteady ? [] : damaged.map(({ type, id }) => ({ type, id })),
    unreadable,
    unsteady,
  };
}

/** Faults of one file; whatever else fails stops the check. */
function isPackFault(error: unknown): error is HoldfastError {
  return isHoldfastError(error, 'corrupt', 'not-found', 'io', 'permission');
}

function isSame(a: PackedBlob, b: PackedBlob): boolean {
  return (
    a.id === b.id &&
    a.type === b.type &&
    a.offset === b.offset &&
    a.length === b.length &&
    a.uncompressedLength === b.uncompressedLength
  );
}

function keyOf({ type, id, offset, length, uncompressedLength }: PackedBlob): string {
  return `${type} ${id} ${offset} ${length} ${uncompressedLength ?? 0}`;
}

/** Gives memory back at once instead of at the next garbage collection. */
function free(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer && bytes.length === bytes.buffer.byteLength) bytes.buffer.transfer(0);
}
