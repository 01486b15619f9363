/** Restores the dumps of a backup into their databases, by the engines' own tools. */
import { HoldfastError } from '../../base/errors.ts';
import { restoreDatabase } from '../../source/mod.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import { databasesOf, passwordOf } from './database-content.ts';
import { dumpFiles } from './dump-files.ts';
import { type RunnerServices, scopeById, snapshotOf } from './runner.ts';

/** @throws `unsupported` for a backup without dumps; as `restoreDatabase` */
export async function restoreDumps(
  services: RunnerServices,
  backup: BackupRecord,
  options: { readonly onFile: (path: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const { signal, onFile } = options;
  const { content } = backup;
  const scope = scopeById(services, backup.scope);
  const engine = 'engine' in content ? content.engine : undefined;
  const config = databasesOf(scope).find((one) => one.engine === engine)?.config;
  if (config === undefined) {
    throw new HoldfastError('unsupported', 'This is no backup of a database of its scope.', {
      hint: 'Folders are restored through the API of their dialect, or by the restic program.',
    });
  }
  await using open = await services.repositories.read(scope.id, signal);
  const password = await passwordOf(config, services, signal);
  for await (const file of dumpFiles(open.repository, snapshotOf(backup), signal)) {
    onFile(file.path);
    await restoreDatabase(config, { entryPath: file.path, content: file.content, password, signal });
  }
}
