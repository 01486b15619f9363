/**
 * What a restore tells: progress while it runs, single items for those who ask, problems, and the summary at its end.
 */
import type { ByteString } from '../base/byte-string.ts';
import type { SerializedError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';

/**
 * What was (or in a dry run: would be) done with an item: made anew, replaced, found to be right already, left alone
 * because the policy says so, removed because the snapshot does not have it.
 */
export type ItemAction = 'restored' | 'updated' | 'unchanged' | 'skipped' | 'deleted';

export interface RestoredItem {
  /** In the snapshot (or its subfolder), with a leading "/"; of a deleted item: where it would be. */
  readonly path: ByteString;
  readonly kind: 'dir' | 'file' | 'other';
  readonly action: ItemAction;
  /** Plain bytes of files. */
  readonly bytes: number;
}

/** An item that is not, or not wholly, restored. */
export interface RestoreProblem {
  /** In the snapshot (or its subfolder), with a leading "/". */
  readonly path: ByteString;
  /** `context.path` is the path on disk, for display. */
  readonly error: SerializedError;
}

export interface RestoreProgress {
  /** Files that are done: restored, unchanged or skipped. */
  readonly filesDone: number;
  /** Plain bytes of these, and of what is done of large ones. */
  readonly bytesDone: number;
  /** What the run will come to, where it is known: from the snapshot's summary, and only without a selection. */
  readonly filesTotal: number | undefined;
  readonly bytesTotal: number | undefined;
  readonly problems: number;
  readonly currentPath: ByteString;
}

/** Numbers of items by what was done with them. */
export type ItemCounts = Readonly<Record<ItemAction, number>>;

export interface RestoreSummary {
  readonly snapshotId: Id;
  /** The folder that was restored to, links resolved. */
  readonly target: ByteString;
  readonly dryRun: boolean;
  readonly files: ItemCounts;
  /** Folders; `updated` are those that were there already. */
  readonly dirs: ItemCounts;
  /** Symlinks, fifos, devices. */
  readonly others: ItemCounts;
  /** Plain bytes of files that were restored or updated. */
  readonly bytesRestored: number;
  /** Plain bytes of files that were unchanged or skipped. */
  readonly bytesSkipped: number;
  /** Files that were read back and compared. */
  readonly filesVerified: number;
  readonly problems: readonly RestoreProblem[];
  readonly startedAt: Date;
  readonly endedAt: Date;
}
