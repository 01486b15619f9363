/**
 * A restore by a process of its own, beside a running server or without one (`holdfast server restore`): APIs show it as any other, and
 * if this process is killed the server says so (abandoned-restores.ts).
 */
import { HoldfastError, messageOf } from '../../base/errors.ts';
import { ownProcessMark } from '../../platform/process-identity.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import type { RestoreChange } from '../catalog/restores.ts';
import { endAbandonedRestores } from './abandoned-restores.ts';
import { restoreDumps } from './run-database-restore.ts';
import { notAll, restoreFolders } from './run-restore.ts';
import { type RunnerServices, scopeById, snapshotOf } from './runner.ts';

export interface RestoreBesideOptions {
  /** Hears of each dump, and each folder, before it is restored. */
  readonly onFile: (path: string) => void;
  readonly signal: AbortSignal;
}

/** @throws `conflict` for a backup that is not done, and while another restore of its scope runs; as the restore itself */
export async function restoreBeside(
  services: RunnerServices,
  backup: BackupRecord,
  options: RestoreBesideOptions,
): Promise<void> {
  const { catalog, clock } = services;
  const { scope, id: backupId } = backup;
  const now = () => clock.now().getTime();
  snapshotOf(backup);
  endAbandonedRestores(catalog, now());
  const { number } = catalog.together(() => {
    if (catalog.restores.openOf(scope).length > 0) throw underWay(scope);
    return catalog.restores.add({ scope, backupId, process: ownProcessMark(), createdAt: now() });
  });
  const note = (change: RestoreChange): void => {
    catalog.together(() => {
      catalog.restores.update(number, change);
      // What shows the restore has changed.
      catalog.backups.update(backupId, {}, now());
    });
  };
  note({ state: 'running' });
  try {
    await restore(services, backup, options);
    note({ state: 'done', endedAt: now() });
  } catch (error) {
    note({ state: options.signal.aborted ? 'cancelled' : 'failed', error: messageOf(error), endedAt: now() });
    throw error;
  }
}

async function restore(
  services: RunnerServices,
  backup: BackupRecord,
  { onFile, signal }: RestoreBesideOptions,
): Promise<void> {
  const { kind } = backup.content;
  const { folders, databases } = scopeById(services, backup.scope);
  if (kind === 'folders' || (kind === 'scope' && folders.length > 0)) {
    for (const folder of kind === 'folders' ? backup.content.paths : folders) onFile(folder);
    const how = { target: undefined, truncate: false };
    const { problems } = await restoreFolders(services, backup, how, { signal, onProgress: () => undefined });
    if (problems.length > 0) throw notAll(problems);
  }
  if (kind === 'database' || kind === 'import' || (kind === 'scope' && databases.length > 0)) {
    await restoreDumps(services, backup, { onFile, signal });
  }
}

function underWay(scope: string): HoldfastError {
  return new HoldfastError('conflict', `A restore of "${scope}" is under way.`, { hint: 'Wait until it is over.' });
}
