/** Removes backups: their snapshots, and what no other snapshot needs. */
import type { JobContext } from '../../jobs/running-job.ts';
import { acquireLock, executeForget, planForgetByName, pruneRepository } from '../../repository/mod.ts';
import { lockWaitMs, type RunnerServices } from './runner.ts';

/** The data are gone from the disk before the row says so, so that nothing is promised that is not so. */
export async function runRemove(
  services: RunnerServices,
  { signal }: JobContext,
  { backupId, expire }: { readonly backupId: string; readonly expire: boolean },
): Promise<void> {
  const { catalog, repositories, clock } = services;
  const backup = catalog.backups.get(backupId);
  if (backup === undefined) return;
  if (backup.snapshotId !== undefined && (await repositories.isThere(backup.scope, signal))) {
    await removeSnapshot(services, backup.scope, backup.snapshotId, signal);
  }
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

async function removeSnapshot(
  { repositories }: RunnerServices,
  scope: string,
  snapshotId: string,
  signal: AbortSignal,
): Promise<void> {
  await using repository = await repositories.open(scope, signal);
  await using lock = await acquireLock(repository, { exclusive: true, waitMs: lockWaitMs, signal });
  const isThere = (await listIds(repository, lock.signal)).has(snapshotId);
  // It may have been killed between this and the row.
  if (isThere) {
    const plan = await planForgetByName(repository, [snapshotId], { signal: lock.signal, filter: {} });
    await executeForget(repository, plan, lock);
  }
  await pruneRepository({
    repository,
    lock,
    limits: {
      maxUnusedBytes: () => 0,
      maxRepackBytes: Number.POSITIVE_INFINITY,
      repackCacheableOnly: false,
      repackUncompressed: false,
    },
    signal,
  });
}

async function listIds(
  repository: { listFiles(type: 'snapshot', signal: AbortSignal): AsyncIterable<{ readonly name: string }> },
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { name } of repository.listFiles('snapshot', signal)) ids.add(name);
  return ids;
}

export async function runDestroy({ repositories, catalog }: RunnerServices, scope: string): Promise<void> {
  await repositories.destroy(scope);
  for (const { id } of catalog.backups.list({ scope })) catalog.backups.remove(id);
  catalog.restores.removeOfScope(scope);
}
