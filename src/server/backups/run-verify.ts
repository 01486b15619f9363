/**
 * Proves a backup: everything is read back out of the repository, and dumps of databases are restored beside what is there by the
 * engine's own tool, and taken away again.
 *
 *   verified   all of it was read, and each dump went back
 *   failed     something cannot be read, or is no dump that the engine takes
 *   unable     all of it was read, but could not be restored here: no rights, no tool, no dump in it …
 */
import { isHoldfastError, messageOf } from '../../base/errors.ts';
import type { JobContext } from '../../jobs/running-job.ts';
import { verifyDatabaseDump } from '../../source/mod.ts';
import type { BackupRecord, VerifyResult } from '../catalog/backups.ts';
import { passwordOf } from './database-content.ts';
import { type DumpFile, dumpFiles } from './dump-files.ts';
import { type RestorableDump, restorableDumps } from './restorable-dumps.ts';
import { backupById, type RunnerServices, scopeById, snapshotOf } from './runner.ts';

/** What stands in the way of a proof says nothing of the backup. */
const inTheWay = [
  'unsupported',
  'permission',
  'unauthenticated',
  'network',
  'timeout',
  'no-space',
  'locked',
  'not-found', // the tool, or the database's place in the configuration
] as const;

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
    const obstacle = await prove(services, backup, signal);
    return note(
      obstacle === undefined ? { state: 'verified' } : { state: 'unable', message: messageOf(obstacle.error) },
    );
  } catch (error) {
    signal.throwIfAborted();
    return note({ state: 'failed', message: messageOf(error) });
  }
}

interface Obstacle {
  readonly error: unknown;
}

/** @returns what stood in the way; all of it was read nevertheless. @throws what is wrong with the backup */
async function prove(
  services: RunnerServices,
  backup: BackupRecord,
  signal: AbortSignal,
): Promise<Obstacle | undefined> {
  const scope = scopeById(services, backup.scope);
  await using open = await services.repositories.read(scope.id, signal);
  const files = await Array.fromAsync(dumpFiles(open.repository, snapshotOf(backup), signal));
  const paths = files.map(({ path }) => path);
  const found = await attempt(() => restorableDumps(scope, backup, paths));
  let obstacle = 'error' in found ? found : undefined;
  for (const file of files) {
    const dump = 'value' in found ? found.value.get(file.path) : undefined;
    const proof = dump === undefined ? undefined : await attempt(() => proveDump(services, backup, dump, file, signal));
    if (proof !== undefined && 'value' in proof) continue;
    // Each piece is proven by its MAC and its hash as it is read.
    for await (const _ of file.content) signal.throwIfAborted();
    obstacle ??= proof;
  }
  return obstacle;
}

async function proveDump(
  services: RunnerServices,
  { id }: BackupRecord,
  { config, entryPath }: RestorableDump,
  { content }: DumpFile,
  signal: AbortSignal,
): Promise<void> {
  const password = await passwordOf(config, services, signal);
  const proofId = id.replaceAll('-', '');
  await verifyDatabaseDump(config, { entryPath, content, password, proofId, signal });
}

/** Errors of what stands in the way are given, others thrown. */
async function attempt<T>(work: () => T | Promise<T>): Promise<{ readonly value: T } | Obstacle> {
  try {
    return { value: await work() };
  } catch (error) {
    if (isHoldfastError(error, ...inTheWay)) return { error };
    throw error;
  }
}
