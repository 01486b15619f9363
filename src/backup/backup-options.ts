/** What a backup is asked for. */
import type { ByteString } from '../base/byte-string.ts';
import type { Clock } from '../base/clock.ts';
import type { Id } from '../format/id.ts';
import type { Compression, Repository } from '../repository/mod.ts';
import type { NodeMakerOptions, Selector, StreamEntry } from '../source/mod.ts';
import type { SourceChanges } from './change-scope.ts';
import type { ChangeRules } from './parent-folder.ts';
import type { BackupProblem, BackupProgress } from './report.ts';

/** Who makes the snapshot. */
export interface BackupIdentity {
  readonly hostname: string;
  readonly username: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** Content that comes as streams, beside or instead of what lies on disk. */
export interface StreamedSources {
  /** What the snapshot lists as its paths besides the targets: absolute in the snapshot, and the same in every run. */
  readonly paths: readonly ByteString[];
  /** All entries, in every run. Read one after the other; see stream-entry.ts for what they promise. */
  readonly entries: AsyncIterable<StreamEntry>;
}

export interface BackupOptions {
  readonly repository: Repository;
  /** Files and folders, absolute or relative to `cwd`. None is needed where `streamed` is given. */
  readonly targets: readonly ByteString[];
  readonly cwd: ByteString;
  /**
   * Merged with the targets' tree at its root. Excludes do not apply. They are read before the targets are walked; a file of
   * them is unmodified where the parent snapshot has the same content for it.
   */
  readonly streamed?: StreamedSources;
  /** Makes the rules of what is left out, for the sources' absolute paths. */
  readonly selector: (roots: readonly ByteString[]) => Selector;
  readonly identity: BackupIdentity;
  readonly programVersion: string;
  readonly nodes: Pick<NodeMakerOptions, 'owners' | 'attributes' | 'withAccessTime'>;
  readonly tags?: readonly string[];
  /** The exclude patterns, for the record; `changes` hold only where they are those of the snapshot before. */
  readonly excludes?: readonly string[];
  /** `none` reads everything again; an id compares with that one; otherwise the latest of this host and these paths. */
  readonly parent?: 'none' | Id;
  /**
   * All that changed since a snapshot, which then is the parent: only that is looked at. Everything is looked at where that
   * snapshot is gone, has other paths or excludes, or cannot be read, and with `parent`.
   * Paths that were problems of that snapshot's run belong in here, as do changes of rules that `excludes` does not name.
   */
  readonly changes?: SourceChanges;
  /** The snapshot's time; now, unless given. */
  readonly time?: Date;
  readonly rules?: ChangeRules;
  /** A source that is empty although the parent snapshot had files there is an error, unless this is set. */
  readonly allowEmpty?: boolean;
  /** Write no snapshot where the parent has the same of what `targets` name (unchanged.ts). */
  readonly skipIfUnchanged?: boolean;
  readonly dryRun?: boolean;
  readonly compression?: Compression;
  readonly packSizeBytes?: number;
  /** How long to wait for another's exclusive lock. */
  readonly lockWaitMs?: number;
  /** Worker threads; unless given, as many as cores, at least 2, once there is more than a little to save. 0 works on this thread. */
  readonly threads?: number | undefined;
  readonly signal: AbortSignal;
  /** For locks and for when index files are written; the system's, unless given. */
  readonly clock?: Clock;
  /** Called a few times a second while the walk goes on. */
  readonly onProgress?: (progress: BackupProgress) => void;
  /** Called when a path cannot be read, as it happens. */
  readonly onProblem?: (problem: BackupProblem) => void;
}
