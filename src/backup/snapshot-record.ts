/** What is written into the snapshot file. */
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { formatTime } from '../format/go-time.ts';
import type { saveSnapshot } from '../repository/mod.ts';
import type { BackupOptions } from './backup-options.ts';
import type { BackupSummary } from './report.ts';

/** The snapshot of a backup, with restic's fields. */
export function snapshotRecord(
  options: BackupOptions,
  paths: readonly ByteString[],
  summary: Omit<BackupSummary, 'snapshotId'>,
): Parameters<typeof saveSnapshot>[1] {
  const { identity, tags = [], excludes = [] } = options;
  return {
    time: timeText(options.time ?? summary.startedAt),
    ...(summary.parentId === undefined ? {} : { parent: summary.parentId }),
    tree: summary.tree,
    paths: paths.map(toUtf8),
    hostname: identity.hostname,
    username: identity.username,
    ...(identity.uid === undefined ? {} : { uid: identity.uid }),
    ...(identity.gid === undefined ? {} : { gid: identity.gid }),
    ...(excludes.length === 0 ? {} : { excludes }),
    ...(tags.length === 0 ? {} : { tags }),
    programVersion: options.programVersion,
    summary: {
      backupStart: timeText(summary.startedAt),
      backupEnd: timeText(summary.endedAt),
      filesNew: summary.files.new,
      filesChanged: summary.files.changed,
      filesUnmodified: summary.files.unmodified,
      dirsNew: summary.dirs.new,
      dirsChanged: summary.dirs.changed,
      dirsUnmodified: summary.dirs.unmodified,
      dataBlobs: summary.dataBlobs,
      treeBlobs: summary.treeBlobs,
      dataAdded: summary.dataAdded,
      dataAddedPacked: summary.dataAddedPacked,
      totalFilesProcessed: summary.totalFiles,
      totalBytesProcessed: summary.totalBytes,
    },
  };
}

function timeText(time: Date): string {
  return formatTime(BigInt(time.getTime()) * 1_000_000n);
}
