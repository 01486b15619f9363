/** What the runners of the server's jobs share. */
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { HostIdentity } from '../../platform/host.ts';
import type { Secrets } from '../../platform/secrets.ts';
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

/** @throws `not-found` for one that is no longer in the configuration */
export function scopeById({ config }: Pick<RunnerServices, 'config'>, id: string): Scope {
  const scope = config().scopes.find((one) => one.id === id);
  if (scope !== undefined) return scope;
  throw new HoldfastError('not-found', `The scope "${id}" is no longer there.`, {
    hint: 'holdfast server scope list shows those that there are.',
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
