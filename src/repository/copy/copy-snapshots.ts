/**
 * Copies snapshots to another repository: what is missing there, sealed with its key.
 *
 *   for each snapshot that the target does not have yet:
 *     go through its trees (each once in all), claim in the target's table what it lacks ──► copyBlobs
 *     when enough was copied: packs, index, then the snapshots so far (never a snapshot before its data)
 *
 * An interrupted copy is resumed by running it again: what was indexed, every 10 s, is there already.
 */
import { HoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import type { Snapshot } from '../../format/snapshot.ts';
import type { BlobType } from '../blob-table.ts';
import { type Compression, defaultPackSizeBytes } from '../pack-writer.ts';
import type { Commit, Repository } from '../repository.ts';
import { listSnapshots, type StoredSnapshot, saveSnapshot } from '../snapshots.ts';
import { walkUniqueTrees } from '../trees.ts';
import { BlobWriter } from './blob-writer.ts';
import { copyBlobs } from './copy-blobs.ts';
import { isSameSnapshot } from './same-snapshot.ts';

export interface CopyOptions {
  readonly source: Repository;
  readonly target: Repository;
  /** Of the source, in the order in which they shall be copied. */
  readonly snapshots: readonly StoredSnapshot[];
  readonly compression?: Compression;
  readonly packSizeBytes?: number;
  /** Of the target's lock. */
  readonly commit: Commit;
  readonly signal: AbortSignal;
  /** The target has this snapshot already, as `copy`. */
  readonly onSkipped?: (stored: StoredSnapshot, copy: StoredSnapshot) => void;
  /** A snapshot's data is being copied: so much is missing in the target. */
  readonly onStarted?: (stored: StoredSnapshot, missing: { readonly blobs: number; readonly bytes: number }) => void;
  /** A snapshot is in the target, durably, under that id. */
  readonly onSaved?: (stored: StoredSnapshot, id: Id) => void;
  readonly onProgress?: (progress: CopyProgress) => void;
}

/** Of the snapshot that is being copied. Bytes as the source stores them. */
export interface CopyProgress {
  readonly snapshot: Id;
  readonly blobsDone: number;
  readonly blobsTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface CopySummary {
  readonly copied: number;
  readonly skipped: number;
  readonly blobs: number;
  /** Of the new packs. */
  readonly packedBytes: number;
}

/** Snapshots are saved when so many packs were filled, or after a minute with at least one. */
const packsPerBatch = 100;
const batchMs = 60_000;
const salvageMs = 500;

/**
 * Both repositories must be locked by the caller: the source for reading, the target for adding.
 *
 * @throws `corrupt`, `not-found` naming what cannot be read from the source; then no snapshot that lacks it was saved
 */
export async function copySnapshots(options: CopyOptions): Promise<CopySummary> {
  const { source, target, commit, signal } = options;
  if (source.config.id === target.config.id) {
    throw new HoldfastError('invalid-input', 'Source and target are the same repository.', {
      hint: 'Name another one by --from-repo.',
    });
  }
  await Promise.all([source.loadIndex(signal), target.loadIndex(signal)]);
  const copies = copiesByOriginal(await listSnapshots(target, { signal }));
  const packSizeBytes = options.packSizeBytes ?? defaultPackSizeBytes;
  const writer = new BlobWriter({
    repository: target,
    compression: options.compression ?? 'auto',
    packSizeBytes,
    commit,
    signal,
  });
  await using _ = writer;
  const seenTrees = new Set<Id>();
  const summary = { copied: 0, skipped: 0, blobs: 0 };
  let batch: StoredSnapshot[] = [];
  let batchStart = { ms: performance.now(), bytes: 0 };
  const saveBatch = async (): Promise<void> => {
    if (batch.length === 0) return;
    await writer.flush(signal);
    for (const stored of batch) {
      const id = await saveSnapshot(commit, copyOf(stored), signal);
      options.onSaved?.(stored, id);
    }
    summary.copied += batch.length;
    batch = [];
    batchStart = { ms: performance.now(), bytes: writer.packedBytes };
  };

  try {
    for (const stored of options.snapshots) {
      const copy = copies.get(originalOf(stored))?.find((other) => isSameSnapshot(other, stored));
      if (copy !== undefined) {
        summary.skipped += 1;
        options.onSkipped?.(stored, copy);
        continue;
      }
      summary.blobs += await copyData(options, stored, writer, seenTrees);
      batch.push(stored);
      const packs = (writer.packedBytes - batchStart.bytes) / packSizeBytes;
      const isLate = performance.now() - batchStart.ms > batchMs;
      if (packs >= packsPerBatch || (isLate && packs >= 1)) await saveBatch();
    }
    await saveBatch();
  } catch (error) {
    await writer.salvage(AbortSignal.timeout(salvageMs)).catch(() => undefined); // the failure itself is what matters
    throw error;
  }
  return { ...summary, packedBytes: writer.packedBytes };
}

/** Copies what a snapshot's trees refer to and the target lacks; gives the count of blobs. */
async function copyData(
  options: CopyOptions,
  stored: StoredSnapshot,
  writer: BlobWriter,
  seenTrees: Set<Id>,
): Promise<number> {
  const { source, target, signal } = options;
  const entries: number[] = [];
  let bytesTotal = 0;
  const need = (type: BlobType, id: Id, where: string): void => {
    if (!target.index.blobs.claim(type, id).fresh) return;
    const entry = source.index.blobs.find(type, id);
    if (entry < 0) {
      throw new HoldfastError('not-found', `The source has no ${type} blob ${id}, which ${where} refers to.`, {
        hint: 'Run check on the source: the snapshot is damaged there.',
        context: { blob: id, blobType: type, snapshot: stored.id },
      });
    }
    entries.push(entry);
    bytesTotal += source.index.blobs.length(entry);
  };
  const root = stored.snapshot.tree;
  await walkUniqueTrees(source, [root], { signal, seen: seenTrees }, (treeId, nodes) => {
    need('tree', treeId, `the snapshot ${stored.id}`);
    for (const { content } of nodes) for (const id of content ?? []) need('data', id, `the tree ${treeId}`);
  });
  options.onStarted?.(stored, { blobs: entries.length, bytes: bytesTotal });

  let [blobsDone, bytesDone] = [0, 0];
  const onCopied = (blobs: number, bytes: number): void => {
    blobsDone += blobs;
    bytesDone += bytes;
    options.onProgress?.({ snapshot: stored.id, blobsDone, blobsTotal: entries.length, bytesDone, bytesTotal });
  };
  await copyBlobs({ source, target, entries, writer, signal, onCopied });
  return entries.length;
}

/** The copies' parents mean nothing in another repository; `original` is how a copy is known again. */
function copyOf(stored: StoredSnapshot): Snapshot {
  const { parent: _, ...snapshot } = stored.snapshot;
  return { ...snapshot, original: originalOf(stored) };
}

function originalOf({ id, snapshot }: StoredSnapshot): Id {
  return snapshot.original ?? id;
}

/** The target's snapshots by their own ids and those of what they are copies of. */
function copiesByOriginal(snapshots: readonly StoredSnapshot[]): Map<Id, StoredSnapshot[]> {
  const copies = new Map<Id, StoredSnapshot[]>();
  for (const stored of snapshots) {
    for (const id of new Set([stored.id, originalOf(stored)])) copies.set(id, [...(copies.get(id) ?? []), stored]);
  }
  return copies;
}
