/** Progress of work on files, which backups and restores tell alike, as a job's. */
import type { BackupProgress } from '../../backup/mod.ts';
import { toUtf8 } from '../../base/byte-string.ts';
import type { JobProgress } from '../../jobs/job.ts';
import type { RestoreProgress } from '../../restore/mod.ts';

export function fileProgress(phase: string, done: BackupProgress | RestoreProgress): JobProgress {
  const { filesDone, filesTotal, bytesDone, bytesTotal, currentPath, problems } = done;
  return {
    phase,
    filesDone,
    bytesDone,
    problems,
    currentPath: toUtf8(currentPath),
    ...(filesTotal === undefined ? {} : { filesTotal }),
    ...(bytesTotal === undefined ? {} : { bytesTotal }),
  };
}
