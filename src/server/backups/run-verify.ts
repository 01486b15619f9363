/**
 * Proves a backup: everything is read back out of the repository, and dumps of databases are restored beside what is there by the
 * engine's own tool, and taken away again.
 */
import { isHoldfastError, messageOf } from '../../base/errors.ts';
import type { JobContext } from '../../jobs/running-job.ts';
import { verifyDatabaseDump } from '../../source/mod.ts';
import type { BackupRecord, VerifyResult } from '../catalog/backups.ts';
import { databasesOf, passwordOf } from './database-content.ts';
import { type DumpFile, dumpFiles } from './dump-files.ts';
import { backupById, type RunnerServices, scopeById, snapshotOf } from './runner.ts';

/** The row says what came of it; the job itself fails only when it was stopped. */
export async function runVerify(
  services: RunnerServices,
  { signal, report }: JobContext,
  backupId: string,
): Promise<VerifyResult> {
  const backup = backupById(services, backupId);
  const note = (verify: VerifyResult): VerifyResult => {
    services.catalog.backups.update(backupId, { verify }, services.clock.now().getTime());
    return verify;
  };
  note({ state: 'verifying' });
  report({ phase: 'restoring it to prove it' });
  try {
    await verify(services, backup, signal);
    return note({ state: 'verified' });
  } catch (error) {
    signal.throwIfAborted();
    // What stands in the way of the proof says nothing of the backup.
    const isUnable = isHoldfastError(
      error,
      'unsupported',
      'permission',
      'unauthenticated',
      'network',
      'timeout',
      'no-space',
    );
    return note({ state: isUnable ? 'unable' : 'failed', message: messageOf(error) });
  }
}

async function verify(services: RunnerServices, backup: BackupRecord, signal: AbortSignal): Promise<void> {
  const { content } = backup;
  const scope = scopeById(services, backup.scope);
  await using open = await services.repositories.read(scope.id, signal);
  const engine = 'engine' in content ? content.engine : undefined;
  const config = engine === undefined ? undefined : databasesOf(scope).find((one) => one.engine === engine)?.config;
  for await (const file of dumpFiles(open.repository, snapshotOf(backup), signal)) {
    if (config === undefined || !isDump(file)) {
      // Each piece is proven by its MAC and its hash as it is read.
      for await (const _ of file.content) signal.throwIfAborted();
      continue;
    }
    const password = await passwordOf(config, services, signal);
    await verifyDatabaseDump(config, { entryPath: file.path, content: file.content, password, signal });
  }
}

function isDump({ path }: DumpFile): boolean {
  return /\.(sql|rdb|archive)(\.gz)?$/.test(path);
}
