/** What a check found. Everything is named: files of the repository by id, files of the user by path and snapshot. */
import type { ByteString } from '../../base/byte-string.ts';
import type { Id } from '../../format/id.ts';

export type CheckErrorKind =
  | 'snapshot-unreadable'
  | 'index-unreadable'
  /** Index files say different things about one pack. */
  | 'index-conflict'
  | 'pack-missing'
  /** Its size is not what the index says. */
  | 'pack-size'
  /** It could not be read now; that says nothing about its content. */
  | 'pack-unreadable'
  | 'pack-damaged'
  | 'tree-missing'
  | 'tree-damaged'
  | 'node-damaged'
  | 'blob-missing';

export type CheckHintKind =
  /** No index names it: left by a job that was interrupted. */
  | 'pack-unindexed'
  | 'pack-indexed-twice'
  /** Holds trees and data, as very old programs wrote. */
  | 'pack-mixed'
  /** Was wrong when read first, and right when read again. */
  | 'pack-unsteady';

export interface CheckFinding<Kind> {
  readonly kind: Kind;
  /** A sentence. */
  readonly message: string;
  /** The file of the repository, or the blob. */
  readonly id: Id;
}

export type CheckError = CheckFinding<CheckErrorKind>;
export type CheckHint = CheckFinding<CheckHintKind>;

/** A file or folder that cannot be restored whole. */
export interface DamagedFile {
  /** As restored, from "/". */
  readonly path: ByteString;
  /** A folder whose list of entries is lost, with everything below. */
  readonly type: 'file' | 'folder';
  /** Snapshots that have it. */
  readonly snapshots: readonly Id[];
  readonly reason: string;
}

export interface DamagedSnapshot {
  readonly id: Id;
  /** `unreadable`: the snapshot's own file; `content`: some of what it holds. */
  readonly damage: 'unreadable' | 'content';
}

export interface CheckReport {
  readonly errors: readonly CheckError[];
  readonly hints: readonly CheckHint[];
  readonly damagedFiles: readonly DamagedFile[];
  /** True where there were more damaged files than are listed. */
  readonly moreDamagedFiles: boolean;
  readonly damagedSnapshots: readonly DamagedSnapshot[];
  /** Packs to give to `repair packs`. */
  readonly brokenPacks: readonly Id[];
  /** `repair index` would help. */
  readonly suggestRepairIndex: boolean;
  /** `prune` would tidy up. */
  readonly suggestPrune: boolean;
  readonly snapshots: number;
  readonly trees: number;
  readonly packs: number;
  /** Read whole. */
  readonly packsRead: number;
  readonly bytesRead: number;
}

/** Blobs that cannot be had from any copy, and trees that can be read but are wrong. */
export interface LostBlobs {
  readonly data: Set<Id>;
  readonly trees: Set<Id>;
}
