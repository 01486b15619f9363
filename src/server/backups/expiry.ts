/** Expires backups that are older than their scope keeps them: the data go, the row says so. Looked at every hour. */
import type { Clock } from '../../base/clock.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { BackupService } from './service.ts';

const everyMs = 3_600_000;
const dayMs = 24 * 3_600_000;

export interface ExpiryOptions {
  readonly config: () => ServerConfig;
  readonly catalog: Catalog;
  readonly backups: BackupService;
  readonly clock: Clock;
  readonly report: (error: unknown, doing: string) => void;
}

export class Expiry {
  readonly #options: ExpiryOptions;

  constructor(options: ExpiryOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, report } = this.#options;
    while (!signal.aborted) {
      await this.expire().catch((error: unknown) => report(error, 'expire old backups'));
      await clock.sleep(everyMs, signal).catch(() => undefined);
    }
  }

  /** The newest of a scope stays, however old it is: a clock that is wrong must not leave nothing. Locked ones stay too. */
  async expire(): Promise<void> {
    const { config, catalog, backups, clock } = this.#options;
    for (const { id, keepDays } of config().scopes) {
      if (keepDays === undefined) continue;
      const before = clock.now().getTime() - keepDays * dayMs;
      const [, ...older] = catalog.backups.list({ scope: id, states: ['done'] });
      for (const backup of older.filter(({ createdAt, locked }) => createdAt < before && !locked)) {
        await backups.remove(backup, { expire: true });
      }
    }
  }
}
