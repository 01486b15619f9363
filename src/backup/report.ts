/**
 * What a backup tells: progress while it runs, problems of single files, and the summary at its end.
 */
import type { ByteString } from '../base/byte-string.ts';
import type { SerializedError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';

/** How items compare with the parent snapshot. */
export interface ItemCounts {
  new: number;
  changed: number;
  unmodified: number;
}

export interface BackupProgress {
  /** Of those that are looked at: a run that was told what changed counts no others here. */
  readonly filesDone: number;
  /** Plain bytes of the files that are done, unchanged ones included. */
  readonly bytesDone: number;
  /** What the whole run will come to, as far as it is known (from the parent snapshot); undefined else. */
  readonly filesTotal: number | undefined;
  readonly bytesTotal: number | undefined;
  readonly problems: number;
  readonly currentPath: ByteString;
}

/** A path that is not, or not wholly, in the snapshot. */
export interface BackupProblem {
  readonly path: ByteString;
  readonly error: SerializedError;
}

/** The counts are of the whole snapshot, also where only changes were looked at: what was taken over is unmodified. */
export interface BackupSummary {
  /** Undefined for a dry run, and where nothing changed and that was to be skipped. */
  readonly snapshotId: Id | undefined;
  readonly parentId: Id | undefined;
  readonly tree: Id;
  readonly files: Readonly<ItemCounts>;
  readonly dirs: Readonly<ItemCounts>;
  readonly dataBlobs: number;
  readonly treeBlobs: number;
  /** Plain bytes of the blobs that were added. */
  readonly dataAdded: number;
  /** Bytes that they take in the repository. */
  readonly dataAddedPacked: number;
  readonly totalFiles: number;
  readonly totalBytes: number;
  readonly problems: readonly BackupProblem[];
  /** `changes`: only what the caller said had changed was looked at. */
  readonly scanned: 'everything' | 'changes';
  readonly startedAt: Date;
  readonly endedAt: Date;
}
