/** Restores a backup to where its files were, or into a folder. */
import { dirname } from 'node:path';
import { fromUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { JobContext } from '../../jobs/running-job.ts';
import { findNode, loadSnapshot, type Repository, TreeReader } from '../../repository/mod.ts';
import {
  type RestoreOptions,
  type RestoreProblem,
  type RestoreSummary,
  restoreSelection,
  runRestore,
} from '../../restore/mod.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import type { RestoreRecord } from '../catalog/restores.ts';
import type { Scope } from '../config/scope.ts';
import { rootOf } from './archive.ts';
import { backupById, goneRepository, lockWaitMs, type RunnerServices, scopeById, snapshotOf } from './runner.ts';
import { assertWithin } from './within-folder.ts';

/** @throws `io` where some items could not be restored; the rest is there then */
export async function runScopeRestore(
  services: RunnerServices,
  { signal, report }: JobContext,
  number: number,
): Promise<RestoreRecord> {
  const { catalog, clock } = services;
  const restore = catalog.restores.get(number);
  if (restore === undefined) throw new HoldfastError('not-found', 'The restore was removed.');
  if (restore.state === 'done') return restore;
  const backup = backupById(services, restore.backupId);
  if (backup.content.kind === 'database' || backup.content.kind === 'import') {
    // Their paths are made up: nothing lies there on this machine.
    throw new HoldfastError('unsupported', 'Dumps of databases are not restored as files.', {
      hint: `holdfast server restore ${backup.number}`,
    });
  }
  catalog.restores.update(number, { state: 'running' });
  if (restore.target !== undefined) await assertWithin(scopeById(services, backup.scope), restore.target);
  const { bytes, problems } = await restoreFolders(services, backup, restore, {
    signal,
    onProgress: (filesDone, bytesDone) => report({ phase: 'restoring', filesDone, bytesDone }),
  });
  if (problems.length > 0) {
    catalog.restores.update(number, { totalBytes: bytes });
    throw notAll(problems);
  }
  return catalog.restores.update(number, { state: 'done', totalBytes: bytes, endedAt: clock.now().getTime() })!;
}

/** The folders of a backup; its dumps of databases are left (restoreDumps). */
export async function restoreFolders(
  services: RunnerServices,
  backup: BackupRecord,
  how: Pick<RestoreRecord, 'target' | 'truncate'>,
  options: { readonly signal: AbortSignal; readonly onProgress: (files: number, bytes: number) => void },
): Promise<{ readonly bytes: number; readonly problems: readonly RestoreProblem[] }> {
  const { signal, onProgress } = options;
  const { repositories } = services;
  const scope = scopeById(services, backup.scope);
  if (!(await repositories.isThere(scope.id, signal))) throw goneRepository(scope.id);
  await using repository = await repositories.open(scope.id, signal);
  const done = { files: 0, bytes: 0 };
  const problems: RestoreProblem[] = [];
  for (const place of placesOf(scope, backup, how)) {
    const before = { ...done };
    const summary = await restoreInto(
      repository,
      { ...place, snapshot: snapshotOf(backup), truncate: how.truncate },
      {
        signal,
        onProgress: ({ filesDone, bytesDone }) => onProgress(before.files + filesDone, before.bytes + bytesDone),
      },
    );
    const { restored, updated, unchanged } = summary.files;
    done.files += restored + updated + unchanged;
    done.bytes += summary.bytesRestored + summary.bytesSkipped;
    problems.push(...summary.problems);
  }
  return { bytes: done.bytes, problems };
}

export function notAll(problems: readonly RestoreProblem[]): HoldfastError {
  const [first] = problems;
  return new HoldfastError('io', `${problems.length} items could not be restored (${first?.error.message}).`);
}

interface Place {
  /** What was backed up: a folder, whose content comes to lie in the target, or a file, which does itself. */
  readonly root: string;
  readonly target: string;
}

/**
 * Folders that go back to where they were go one by one: what lies beside them is not of the backup, and is not touched, also when
 * extra files are removed.
 */
function placesOf(scope: Scope, backup: BackupRecord, { target }: Pick<RestoreRecord, 'target'>): readonly Place[] {
  if (target !== undefined) return [{ root: rootOf(scope, backup), target }];
  const folders = backup.content.kind === 'folders' ? backup.content.paths : scope.folders;
  return folders.map((folder) => ({ root: folder, target: folder }));
}

interface Restoring extends Place {
  readonly snapshot: string;
  readonly truncate: boolean;
}

async function restoreInto(
  repository: Repository,
  { snapshot, root, target, truncate }: Restoring,
  options: Pick<RestoreOptions, 'signal' | 'onProgress'>,
): Promise<RestoreSummary> {
  const { signal } = options;
  const common = { ...options, repository, snapshot, lockWaitMs };
  await repository.loadIndex(signal);
  const stored = await loadSnapshot(repository, snapshot, signal);
  const names = root
    .split('/')
    .filter((name) => name !== '')
    .map(fromUtf8);
  const node =
    names.length === 0 ? undefined : await findNode(new TreeReader(repository), stored.snapshot.tree, names, signal);
  if (node === undefined || node.type === 'dir') {
    const folder = fromUtf8(root);
    return runRestore({ ...common, folder, target: fromUtf8(target), cwd: fromUtf8('/'), deleteExtra: truncate });
  }
  const isInPlace = target === root;
  const place = fromUtf8(isInPlace ? dirname(root) : target);
  return restoreSelection({
    ...common,
    paths: [fromUtf8(root)],
    destination: { kind: 'folder', path: place, from: fromUtf8(dirname(root)) },
  });
}
