/** What the runners of the server's jobs share. */
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { HostIdentity } from '../../platform/host.ts';
import type { Secrets } from '../../platform/secrets.ts';
import type { Repository } from '../../repository/mod.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Scope } from '../config/scope.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { ArchiveCache } from './archive-cache.ts';
import type { ScopeRepositories } from './repositories.ts';

export interface RunnerServices {
  readonly config: () => ServerConfig;
  readonly catalog: Catalog;
  readonly repositories: ScopeRepositories;
  readonly archives: ArchiveCache;
  readonly secrets: Pick<Secrets, 'readSecret'>;
  readonly host: HostIdentity;
  readonly clock: Clock;
}

/** How long a job waits for a lock of another program. */
export const lockWaitMs = 60_000;

/** Whether each backup of it is proven by a restore, once it is done. */
export function isProven({ dialect }: Scope): boolean {
  return dialect === 'stacks';
}

/** @throws `not-found` for one that is no longer in the configuration */
export function scopeById({ config }: Pick<RunnerServices, 'config'>, id: string): Scope {
  const scope = config().scopes.find((one) => one.id === id);
  if (scope !== undefined) return scope;
  throw new HoldfastError('not-found', `The scope "${id}" is no longer there.`, {
    hint: 'holdfast server scope list shows those that there are.',
  });
}

/**
 * The repository of a scope, to add a backup to; made where there is none yet.
 *
 * @throws `no-repository` where it is gone and backups should be in it: a disk that is not mounted is no reason to begin anew
 */
export async function openToAdd(
  { catalog, repositories }: Pick<RunnerServices, 'catalog' | 'repositories'>,
  scope: string,
  signal: AbortSignal,
): Promise<Repository> {
  if (!(await repositories.isThere(scope, signal))) {
    const done = catalog.backups.list({ scope, states: ['done'] });
    if (done.some(({ snapshotId }) => snapshotId !== undefined)) throw goneRepository(scope);
  }
  return repositories.open(scope, signal);
}

export function goneRepository(scope: string): HoldfastError {
  return new HoldfastError('no-repository', `The repository of "${scope}" is not there, and backups should be in it.`, {
    hint: 'Put it back, or mount what it lies on. If it is lost for good, delete its backups; the next one makes a new one.',
  });
}

/** @throws `not-found` for one that was deleted */
export function backupById({ catalog }: Pick<RunnerServices, 'catalog'>, id: string): BackupRecord {
  const backup = catalog.backups.get(id);
  if (backup !== undefined) return backup;
  throw new HoldfastError('not-found', 'The backup was deleted.', { context: { id } });
}

/** @throws `conflict` for one that has no data */
export function snapshotOf(backup: BackupRecord): string {
  if (backup.state === 'done' && backup.snapshotId !== undefined) return backup.snapshotId;
  throw new HoldfastError('conflict', 'The backup is not finished, or its data are gone.', {
    context: { id: backup.id, state: backup.state },
  });
}
