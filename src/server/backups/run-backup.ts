/**
 * One backup of a scope: the engine's backup of what it names, then the archive that downloads will give is measured, so that its
 * size and checksum are true from the start.
 */

import { type BackupOptions, type BackupSummary, runBackup } from '../../backup/mod.ts';
import { fromUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { JobContext } from '../../jobs/running-job.ts';
import { fileAttributes } from '../../platform/attributes.ts';
import { programVersion } from '../../platform/program-version.ts';
import { lookupGroup, lookupUser } from '../../platform/users.ts';
import { compileExcludes } from '../../source/mod.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import type { Scope } from '../config/scope.ts';
import { archiveKindOf, measureArchive } from './archive.ts';
import { backupTag, clearLeftOvers } from './backup-snapshots.ts';
import { allDumps, oneDump } from './database-content.ts';
import { backupById, isProven, lockWaitMs, openToAdd, type RunnerServices, scopeById } from './runner.ts';
import { assertWithin } from './within-folder.ts';

export async function runScopeBackup(
  services: RunnerServices,
  { signal, report }: JobContext,
  backupId: string,
): Promise<BackupRecord> {
  const { catalog, clock } = services;
  const backup = backupById(services, backupId);
  // Done already, and killed before the queue knew.
  if (backup.state === 'done') return backup;
  const scope = scopeById(services, backup.scope);
  const now = () => clock.now().getTime();
  catalog.backups.update(backupId, { state: 'running' }, now());
  // It was killed, or the server ended: what it left is of no use to the run that does it again.
  if (backup.state === 'running') {
    await using repository = await openToAdd(services, scope.id, signal);
    await clearLeftOvers(repository, backup, signal);
  }
  const summary = await backUp(services, scope, backup, { signal, report });
  const { snapshotId, totalFiles, totalBytes, dataAddedPacked, problems } = summary;
  if (snapshotId === undefined) throw new HoldfastError('internal', 'The backup made no snapshot.');
  const saved = { ...backup, state: 'done', snapshotId } as const;
  const kind = archiveKindOf(scope);
  if (kind !== undefined) report({ phase: 'measuring the archive' });
  const archive = kind === undefined ? undefined : await measureArchive(services, saved, kind, signal);
  const error = problems.length === 0 ? undefined : `${problems.length} items could not be read.`;
  return catalog.backups.update(
    backupId,
    {
      state: 'done',
      snapshotId,
      files: totalFiles,
      totalBytes,
      storedBytes: dataAddedPacked,
      completedAt: now(),
      archive,
      error,
      verify: isProven(scope) ? { state: 'verifying' } : undefined,
    },
    now(),
  )!;
}

async function backUp(
  services: RunnerServices,
  scope: Scope,
  { id, content, createdAt }: BackupRecord,
  { signal, report }: Pick<JobContext, 'signal' | 'report'>,
): Promise<BackupSummary> {
  const { host, clock } = services;
  if (scope.dialect === 'fa' && content.kind === 'folders')
    for (const path of content.paths) await assertWithin(scope, path);
  await using repository = await openToAdd(services, scope.id, signal);
  const ignored = content.kind === 'folders' ? content.ignored : [];
  const { hostname, username, uid, gid } = host;
  return await runBackup({
    repository,
    ...sourcesOf(scope, content, services, signal),
    cwd: fromUtf8('/'),
    selector: (roots) =>
      compileExcludes({ roots, patterns: scope.excludes.map(fromUtf8), gitignorePatterns: ignored.map(fromUtf8) }),
    excludes: scope.excludes,
    identity: { hostname, username, ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) },
    programVersion: programVersion(),
    nodes: { owners: { lookupUser, lookupGroup }, attributes: fileAttributes(), withAccessTime: false },
    tags: [backupTag(id)],
    time: new Date(createdAt),
    allowEmpty: true,
    lockWaitMs,
    signal,
    clock,
    onProgress: ({ filesDone, bytesDone, problems }) => report({ phase: 'saving', filesDone, bytesDone, problems }),
  });
}

/** Folders, and dumps of databases; both where the scope names both. */
function sourcesOf(
  scope: Scope,
  content: BackupRecord['content'],
  services: RunnerServices,
  signal: AbortSignal,
): Pick<BackupOptions, 'targets' | 'streamed'> {
  switch (content.kind) {
    case 'folders':
      return { targets: content.paths.map(fromUtf8) };
    case 'scope': {
      const targets = scope.folders.map(fromUtf8);
      return scope.databases.length === 0 ? { targets } : { targets, streamed: allDumps(scope, services, signal) };
    }
    case 'database':
      return { targets: [], streamed: oneDump(scope, content, services, signal) };
    case 'import':
      throw new HoldfastError('internal', 'An import is no backup.');
  }
}
