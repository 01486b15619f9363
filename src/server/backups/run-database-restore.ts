/** Restores the dumps of a backup into their databases, by the engines' own tools. */
import { restoreDatabase } from '../../source/mod.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import { passwordOf } from './database-content.ts';
import { dumpFiles } from './dump-files.ts';
import { restorableDumps } from './restorable-dumps.ts';
import { type RunnerServices, scopeById, snapshotOf } from './runner.ts';

/** Nothing is touched before it is known which dumps there are. @throws as `restorableDumps`, `restoreDatabase` */
export async function restoreDumps(
  services: RunnerServices,
  backup: BackupRecord,
  options: { readonly onFile: (path: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const { signal, onFile } = options;
  const scope = scopeById(services, backup.scope);
  await using open = await services.repositories.read(scope.id, signal);
  const files = await Array.fromAsync(dumpFiles(open.repository, snapshotOf(backup), signal));
  const dumps = restorableDumps(
    scope,
    backup,
    files.map(({ path }) => path),
  );
  for (const { path, content } of files) {
    const dump = dumps.get(path);
    if (dump === undefined) continue;
    onFile(path);
    const password = await passwordOf(dump.config, services, signal);
    await restoreDatabase(dump.config, { ...dump, content, password, signal });
  }
}
