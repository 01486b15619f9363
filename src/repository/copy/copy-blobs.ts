/**
 * Copies blobs from one repository's packs into another's.
 *
 *   the blobs, sorted by where they lie ──► batches of a few MiB of one pack
 *   several lanes: read and check a batch into the lane's buffer ──► one after the other: append its blobs to the new packs
 *
 * So reading goes on while packs are written, and memory is one buffer a lane. A blob that the source holds compressed
 * stays compressed as it is, once it proved to hold what its id says, unless the target is to compress otherwise.
 */
import { mapBounded } from '../../base/concurrency.ts';
import type { Id } from '../../format/id.ts';
import type { PackedBlob } from '../../format/pack-header.ts';
import type { BlobTable } from '../blob-table.ts';
import type { Repository } from '../repository.ts';
import { packedBlob } from '../repository-index.ts';
import type { BlobBytes, BlobWriter } from './blob-writer.ts';

export interface CopyBlobsOptions {
  readonly source: Repository;
  readonly target: Repository;
  /** Entries of the source's blob table whose blobs are claimed in the target's. Sorted in place. */
  readonly entries: number[];
  readonly writer: BlobWriter;
  readonly signal: AbortSignal;
  /** Blobs and stored bytes (of the source) that were done since the last call. */
  readonly onCopied: (blobs: number, bytes: number) => void;
}

interface Batch {
  readonly packId: Id;
  readonly blobs: PackedBlob[];
  bytes: number;
}

interface ReadBlob extends BlobBytes {
  readonly blob: PackedBlob;
}

const bufferBytes = 8 * 1024 * 1024;
const maxLanes = 3;

/** @throws `corrupt`, `not-found` naming a blob that no copy in the source has; what the backends throw */
export async function copyBlobs(options: CopyBlobsOptions): Promise<void> {
  const { source, entries, signal } = options;
  const { blobs } = source.index;
  entries.sort((a, b) => blobs.pack(a) - blobs.pack(b) || blobs.offset(a) - blobs.offset(b));
  const lanes = Math.min(maxLanes, source.backend.connections);
  const buffers: Uint8Array[] = [];
  let writing: Promise<void> = Promise.resolve();
  await mapBounded(batchesOf(blobs, entries), lanes, signal, async (batch) => {
    const buffer = buffers.pop() ?? new Uint8Array(bufferBytes);
    const read = await readBatch(options, batch, buffer);
    writing = writing.then(() => writeBatch(options, read));
    await writing;
    buffers.push(buffer);
    options.onCopied(batch.blobs.length, batch.bytes);
  });
}

/** Neighbours in a pack whose stored bytes, or plain ones where they are larger, fit a buffer; a huge blob is alone. */
function* batchesOf(blobs: BlobTable, entries: readonly number[]): Generator<Batch, void> {
  let batch: Batch | undefined;
  let pack = -1;
  let room = 0;
  for (const entry of entries) {
    const needed = Math.max(blobs.length(entry), blobs.plainLength(entry));
    if (batch === undefined || blobs.pack(entry) !== pack || needed > room) {
      if (batch !== undefined) yield batch;
      pack = blobs.pack(entry);
      batch = { packId: blobs.packId(pack), blobs: [], bytes: 0 };
      room = bufferBytes;
    }
    batch.blobs.push(
      packedBlob(blobs.type(entry), blobs.id(entry), {
        offset: blobs.offset(entry),
        length: blobs.length(entry),
        uncompressedLength: blobs.uncompressedLength(entry) || undefined,
      }),
    );
    batch.bytes += blobs.length(entry);
    room -= needed;
  }
  if (batch !== undefined) yield batch;
}

async function readBatch(
  { source, writer, signal }: CopyBlobsOptions,
  { packId, blobs }: Batch,
  buffer: Uint8Array,
): Promise<ReadBlob[]> {
  const read: ReadBlob[] = [];
  const damaged: PackedBlob[] = [];
  let used = 0;
  const keep = (bytes: Uint8Array): Uint8Array => {
    if (used + bytes.length > buffer.length) return bytes.slice();
    const kept = buffer.subarray(used, used + bytes.length);
    kept.set(bytes);
    used += bytes.length;
    return kept;
  };
  const visitor = {
    blob(blob: PackedBlob, plain: Uint8Array, stored: Uint8Array): void {
      const asStored = blob.uncompressedLength !== undefined && writer.takesFrame(blob.type, stored.length);
      read.push({
        blob,
        bytes: keep(asStored ? stored : plain),
        frameOf: asStored ? blob.uncompressedLength : undefined,
      });
    },
    damaged: (blob: PackedBlob) => void damaged.push(blob),
  };
  await source.packReader.readBlobs(packId, blobs, visitor, signal);
  for (const blob of damaged) {
    // Another pack may hold a sound copy; if none does, this says what is wrong.
    read.push({ blob, bytes: await source.readBlob(blob.type, blob.id, signal), frameOf: undefined });
  }
  return read;
}

async function writeBatch({ target, writer, signal }: CopyBlobsOptions, read: readonly ReadBlob[]): Promise<void> {
  for (const { blob, bytes, frameOf } of read) {
    signal.throwIfAborted();
    const entry = target.index.blobs.find(blob.type, blob.id);
    const appended = writer.append(blob.type, entry, { bytes, frameOf });
    if (appended !== undefined) await appended;
  }
}
