/** What a dialect is given, and what it gives: routes on an instance of its own, so that its parsers and errors are its own too. */
import type { FastifyInstance } from 'fastify';
import type { Backend } from '../backend/backend.ts';
import type { Clock } from '../base/clock.ts';
import type { Access } from './access/access.ts';
import type { BackupService } from './backups/service.ts';
import type { TaskRuns } from './backups/task-runs.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { ScopeDialect, ScopeOf } from './config/scope.ts';
import type { ServerConfig } from './config/server-config.ts';
import type { Downloads } from './downloads.ts';

export interface DialectContext {
  /** As it was at the beginning of the request. */
  readonly config: () => ServerConfig;
  readonly access: Access;
  readonly catalog: Catalog;
  readonly backups: BackupService;
  readonly tasks: TaskRuns;
  readonly downloads: Downloads;
  /** Of a scope's repository, where the restic program writes it. Kept open. */
  readonly backend: (scopeId: string) => Backend;
  /** A transfer that stands still for so long is cut. */
  readonly stallMs: number;
  readonly clock: Clock;
  /** A fault of ours, for the log. `request`: verb and path. */
  readonly report: (error: unknown, request: string) => void;
}

/** Adds the routes of a dialect. */
export type Dialect = (server: FastifyInstance, context: DialectContext) => void;

/** The scope that requests call so. */
export function findScope<Name extends ScopeDialect>(
  { config }: Pick<DialectContext, 'config'>,
  dialect: Name,
  isIt: (scope: ScopeOf<Name>) => boolean,
): ScopeOf<Name> | undefined {
  return config().scopes.find(
    (scope): scope is ScopeOf<Name> => scope.dialect === dialect && isIt(scope as ScopeOf<Name>),
  );
}
