/** The databases of a scope: which there are, and their dumps as the engine takes them. */
import type { BackupOptions } from '../../backup/mod.ts';
import { HoldfastError } from '../../base/errors.ts';
import { type DatabaseConfig, databaseName } from '../../config/database.ts';
import { databaseEntries, databaseFolder, type StreamEntry } from '../../source/mod.ts';
import type { BackupContent } from '../catalog/backups.ts';
import type { Scope } from '../config/scope.ts';
import type { RunnerServices } from './runner.ts';

/** What stands for the database of a server that is dumped whole. */
export const wholeServer = 'all';

export interface ScopeDatabase {
  readonly config: DatabaseConfig;
  /** What its server is called: several of one engine have names. */
  readonly server: string;
  readonly engine: DatabaseConfig['engine'];
  /** The database's name; "all" for a server that is dumped whole, "redis" for Redis. */
  readonly database: string;
}

export type DatabaseContent = Extract<BackupContent, { readonly kind: 'database' }>;
type OneDatabase = Pick<DatabaseContent, 'engine' | 'database' | 'server'>;

/** Each database that a scope names, as something to be backed up by itself. */
export function databasesOf({ databases }: Scope): ScopeDatabase[] {
  return databases.flatMap((config): ScopeDatabase[] => {
    const { engine } = config;
    const server = databaseName(config);
    if (engine === 'redis') return [{ config, server, engine, database: 'redis' }];
    return (config.databases ?? [wholeServer]).map((database) => ({ config, server, engine, database }));
  });
}

/** Undefined for one that the scope no longer names. */
export function knownDatabase(scope: Scope, { engine, database, server }: OneDatabase): ScopeDatabase | undefined {
  return databasesOf(scope).find(
    (one) => one.engine === engine && one.database === database && (server === undefined || one.server === server),
  );
}

/** @throws `not-found` for one that the scope no longer names */
export function findDatabase(scope: Scope, wanted: OneDatabase): ScopeDatabase {
  const found = knownDatabase(scope, wanted);
  if (found !== undefined) return found;
  const { server, engine, database } = wanted;
  const where = server === undefined || server === engine ? engine : `${engine} (${server})`;
  throw new HoldfastError('not-found', `The scope "${scope.id}" has no database ${database} of ${where} any more.`, {
    hint: 'Name it in the configuration of the server ("databases") again.',
  });
}

/** The password that a database is asked with. @throws `unauthenticated` if it is not kept */
export async function passwordOf(
  config: DatabaseConfig,
  { secrets }: Pick<RunnerServices, 'secrets'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { passwordSecret } = config;
  if (passwordSecret === undefined) return undefined;
  const password = await secrets.readSecret(passwordSecret, signal);
  if (password !== undefined) return password;
  throw new HoldfastError('unauthenticated', `The password of the database ${databaseName(config)} is not kept.`, {
    hint: `Keep it by: holdfast server secret ${passwordSecret}`,
    context: { secret: passwordSecret },
  });
}

/** Dumps of all databases of a scope. */
export function allDumps(
  { databases }: Scope,
  services: Pick<RunnerServices, 'secrets'>,
  signal: AbortSignal,
): NonNullable<BackupOptions['streamed']> {
  async function* entries(): AsyncGenerator<StreamEntry> {
    for (const config of databases) {
      yield* databaseEntries(config, { password: await passwordOf(config, services, signal), signal });
    }
  }
  return { paths: databases.map(databaseFolder), entries: entries() };
}

/** The dump of one. */
export function oneDump(
  scope: Scope,
  content: DatabaseContent,
  services: Pick<RunnerServices, 'secrets'>,
  signal: AbortSignal,
): NonNullable<BackupOptions['streamed']> {
  const { engine, database, gzip, excludedTables, onReplica } = content;
  const { config } = findDatabase(scope, content);
  const only: DatabaseConfig =
    engine === 'redis' || database === wholeServer ? config : { ...config, databases: [database] };
  async function* entries(): AsyncGenerator<StreamEntry> {
    const password = await passwordOf(config, services, signal);
    yield* databaseEntries(only, {
      password,
      gzip,
      replica: onReplica && config.replica !== undefined,
      excludedTables: [...config.excludedTables, ...excludedTables],
      signal,
    });
  }
  return { paths: [databaseFolder(config)], entries: entries() };
}
