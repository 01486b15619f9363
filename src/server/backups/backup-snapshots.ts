/** The snapshots of a backup, found by the mark that they bear: a run that was killed or failed may have left one that no row names. */
import {
  acquireLock,
  executeForget,
  listSnapshots,
  type Repository,
  type RepositoryLock,
  type StoredSnapshot,
} from '../../repository/mod.ts';
import { lockWaitMs } from './runner.ts';

/** A tag. */
export function backupTag(backupId: string): string {
  return `backup:${backupId}`;
}

/** @param named the one of its row, which goes even if it has lost its mark */
export async function snapshotsOfBackup(
  repository: Repository,
  { id, snapshotId: named }: { readonly id: string; readonly snapshotId: string | undefined },
  signal: AbortSignal,
): Promise<StoredSnapshot[]> {
  const all = await listSnapshots(repository, { signal });
  return all.filter(({ id: own, snapshot }) => own === named || snapshot.tags?.includes(backupTag(id)) === true);
}

/** Of a run that was killed, or put off: it is of no use to the one that does it again. */
export async function clearLeftOvers(
  repository: Repository,
  backup: Parameters<typeof snapshotsOfBackup>[1],
  signal: AbortSignal,
): Promise<void> {
  const left = await snapshotsOfBackup(repository, backup, signal);
  if (left.length === 0) return;
  await using lock = await acquireLock(repository, { exclusive: true, waitMs: lockWaitMs, signal });
  await forgetSnapshots(repository, left, lock);
}

/** @param lock exclusive */
export async function forgetSnapshots(
  repository: Repository,
  remove: readonly StoredSnapshot[],
  lock: RepositoryLock,
): Promise<void> {
  // None: a run before was killed when they were gone.
  if (remove.length > 0) await executeForget(repository, { groups: [], remove }, lock);
}
