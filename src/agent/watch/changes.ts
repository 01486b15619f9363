/** What a watch of the sources hands on: folders to look at, or that everything must be looked at, and why. */
import type { ByteString } from '../../base/byte-string.ts';

/** Why single changes do not tell all any more. */
export type FullScanReason =
  /** The watch has just begun (again): what happened before is not known. */
  | 'start'
  /** More happened at once than the system keeps for us. */
  | 'overflow'
  /** The system gives no more watches: everything is looked at from time to time. */
  | 'watch-limit'
  /** A source, or a file system in it, is gone, there again, or another one. */
  | 'source-replaced'
  /** A file that says what is left out has changed. */
  | 'rules-changed'
  /** The machine slept. */
  | 'sleep'
  /** The watch itself failed. */
  | 'watch-failed'
  /** So many folders changed that looking at everything takes no longer. */
  | 'many-changes'
  /** The look at everything that is due from time to time. */
  | 'periodic';

/** Absolute paths, without a slash at the end. */
export interface ChangedFolders {
  readonly scan: 'changes';
  /** Folders in which an entry came, went or changed. */
  readonly folders: ReadonlySet<ByteString>;
  /** Folders of which everything below must be looked at. */
  readonly subtrees: ReadonlySet<ByteString>;
}

export interface EverythingChanged {
  readonly scan: 'everything';
  readonly reasons: ReadonlySet<FullScanReason>;
}

export type WatchedChanges = ChangedFolders | EverythingChanged;

/** Both together: for a run that failed, whose changes the next one has to save as well. */
export function mergeChanges(some: WatchedChanges, others: WatchedChanges): WatchedChanges {
  if (some.scan === 'changes' && others.scan === 'changes') {
    return {
      scan: 'changes',
      folders: some.folders.union(others.folders),
      subtrees: some.subtrees.union(others.subtrees),
    };
  }
  const reasons = (changes: WatchedChanges): ReadonlySet<FullScanReason> =>
    changes.scan === 'everything' ? changes.reasons : new Set();
  return { scan: 'everything', reasons: reasons(some).union(reasons(others)) };
}
