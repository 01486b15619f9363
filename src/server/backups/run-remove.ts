/** Removes backups: their snapshots, and what no other snapshot needs. */
import type { JobContext } from '../../jobs/running-job.ts';
import { acquireLock, pruneRepository } from '../../repository/mod.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import { forgetSnapshots, snapshotsOfBackup } from './backup-snapshots.ts';
import { lockWaitMs, type RunnerServices } from './runner.ts';

/** The data are gone from the disk before the row says so, so that nothing is promised that is not so. */
export async function runRemove(
  services: RunnerServices,
  { signal }: JobContext,
  { backupId, expire }: { readonly backupId: string; readonly expire: boolean },
): Promise<void> {
  const { catalog, repositories, archives, clock } = services;
  const backup = catalog.backups.get(backupId);
  if (backup === undefined) return;
  // One that failed, was cancelled or was killed may have left a snapshot as well: all that bear its mark go.
  const mayHaveData = backup.snapshotId !== undefined || backup.jobId !== undefined;
  if (mayHaveData && (await repositories.isThere(backup.scope, signal))) {
    await removeSnapshots(services, backup, signal);
  }
  await archives.remove(backupId);
  if (expire) {
    catalog.backups.update(
      backupId,
      { state: 'expired', snapshotId: undefined, archive: undefined },
      clock.now().getTime(),
    );
  } else {
    catalog.backups.remove(backupId);
  }
}

async function removeSnapshots(
  { repositories }: RunnerServices,
  backup: BackupRecord,
  signal: AbortSignal,
): Promise<void> {
  await using repository = await repositories.open(backup.scope, signal);
  await using lock = await acquireLock(repository, { exclusive: true, waitMs: lockWaitMs, signal });
  await forgetSnapshots(repository, await snapshotsOfBackup(repository, backup, lock.signal), lock);
  await pruneRepository({
    repository,
    lock,
    allowNoSnapshots: true, // it may have been the last
    limits: {
      maxUnusedBytes: () => 0,
      maxRepackBytes: Number.POSITIVE_INFINITY,
      repackCacheableOnly: false,
      repackUncompressed: false,
    },
    signal,
  });
}

/** Rows go as soon as their data cannot be read any more; it is done when nothing is left on the disk, and can be tried again. */
export async function runDestroy({ repositories, archives, catalog }: RunnerServices, scope: string): Promise<void> {
  await repositories.setAside(scope);
  const backups = catalog.backups.list({ scope });
  for (const { id } of backups) await archives.remove(id);
  for (const { id } of backups) catalog.backups.remove(id);
  catalog.restores.removeOfScope(scope);
  await repositories.removeAside(scope);
}
