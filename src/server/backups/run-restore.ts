/** Restores a backup to where its files were, or into a folder. */
import { fromUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { JobContext } from '../../jobs/running-job.ts';
import { runRestore } from '../../restore/mod.ts';
import type { RestoreRecord } from '../catalog/restores.ts';
import { rootOf } from './archive.ts';
import { backupById, lockWaitMs, type RunnerServices, scopeById, snapshotOf } from './runner.ts';

/** @throws `io` where some items could not be restored; the rest is there then */
export async function runScopeRestore(
  services: RunnerServices,
  { signal, report }: JobContext,
  number: number,
): Promise<RestoreRecord> {
  const { catalog, repositories, clock } = services;
  const restore = catalog.restores.get(number);
  if (restore === undefined) throw new HoldfastError('not-found', 'The restore was removed.');
  if (restore.state === 'done') return restore;
  catalog.restores.update(number, { state: 'running' });
  const backup = backupById(services, restore.backupId);
  const scope = scopeById(services, backup.scope);
  const root = rootOf(scope, backup);
  await using repository = await repositories.open(scope.id, signal);
  const { problems, bytesRestored, bytesSkipped } = await runRestore({
    repository,
    snapshot: snapshotOf(backup),
    folder: fromUtf8(root),
    target: fromUtf8(restore.target ?? root),
    cwd: fromUtf8('/'),
    deleteExtra: restore.truncate,
    lockWaitMs,
    signal,
    onProgress: (done) => report({ phase: 'restoring', filesDone: done.filesDone, bytesDone: done.bytesDone }),
  });
  const totalBytes = bytesRestored + bytesSkipped;
  if (problems.length > 0) {
    catalog.restores.update(number, { totalBytes });
    const [first] = problems;
    throw new HoldfastError('io', `${problems.length} items could not be restored (${first?.error.message}).`);
  }
  return catalog.restores.update(number, { state: 'done', totalBytes, endedAt: clock.now().getTime() })!;
}
