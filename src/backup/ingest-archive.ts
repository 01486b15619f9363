/**
 * An archive (tar, tar.gz, zip) as one snapshot: streamed from the file into the repository, which is all that is written.
 * All of the archive is in the snapshot, or there is none.
 */
import { fromUtf8 } from '../base/byte-string.ts';
import type { Clock } from '../base/clock.ts';
import type { Compression, Repository } from '../repository/mod.ts';
import { type ArchiveLimits, type LinkPolicy, openArchiveFile } from '../source/mod.ts';
import { runBackup } from './backup.ts';
import type { BackupIdentity } from './backup-options.ts';
import type { BackupProgress, BackupSummary } from './report.ts';

export interface IngestArchiveOptions {
  readonly repository: Repository;
  /** Its format is told by its first bytes. */
  readonly archive: { readonly path: string };
  readonly identity: BackupIdentity;
  readonly tags?: readonly string[];
  /** The snapshot's time; now, unless given. */
  readonly time?: Date;
  /** The folder of the snapshot that the archive goes to, absolute, as "/imported"; "/", unless given. */
  readonly prefix?: string;
  readonly limits?: Partial<ArchiveLimits>;
  /** Default: `refuse`. */
  readonly links?: LinkPolicy;
  readonly programVersion: string;
  readonly compression?: Compression;
  /** As of `runBackup`. */
  readonly threads?: number;
  readonly lockWaitMs?: number;
  readonly clock?: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: BackupProgress) => void;
}

/**
 * The snapshot lists `prefix` as its only path.
 *
 * @throws `invalid-input` for an archive that is damaged, or not to be trusted (it names the entry); `not-found` and the other
 *   codes of reading it; the codes of `runBackup`; the signal's reason
 */
export async function ingestArchive(options: IngestArchiveOptions): Promise<BackupSummary> {
  const { archive, prefix = '/', limits, links, signal, ...rest } = options;
  const into = fromUtf8(prefix);
  const entries = openArchiveFile(fromUtf8(archive.path), {
    into,
    signal,
    ...(limits === undefined ? {} : { limits }),
    ...(links === undefined ? {} : { links }),
  });
  return runBackup({
    ...rest,
    signal,
    targets: [],
    cwd: '/',
    streamed: { paths: [into], entries },
    selector: () => ({ rejectName: () => undefined, rejectEntry: () => undefined, rejectDirectory: () => undefined }),
    nodes: { owners: { lookupUser: () => '', lookupGroup: () => '' }, attributes: { listXattrs: () => [] } },
    allowEmpty: true, // an archive is what it is, and whole
  });
}
