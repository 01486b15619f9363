/**
 * Databases as sources: what a backup gets, and the way back.
 *
 *     /<name or engine>/<database>.sql[.gz] …
 */

import { type ByteString, fromUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { DatabaseConfig, DatabaseEngine } from '../../config/database.ts';
import type { StreamEntry } from '../stream-entry.ts';
import { type Connection, type EngineDriver, scratchDatabase } from './database.ts';
import { gunzipped, gzipped } from './gzip.ts';
import { mongodb } from './mongodb.ts';
import { mysqlEngine } from './mysql.ts';
import { postgresql } from './postgresql.ts';
import { redis } from './redis.ts';

const drivers: Readonly<Record<DatabaseEngine, EngineDriver>> = { postgresql, mysql: mysqlEngine, redis, mongodb };

export interface DatabaseAccess {
  /** What the configuration's `passwordSecret` names; the secret itself. */
  readonly password?: string | undefined;
  readonly signal: AbortSignal;
}

export interface DatabaseEntriesOptions extends DatabaseAccess {
  /** Read from the configured replica. */
  readonly replica?: boolean;
  /** Packed dumps deduplicate badly between backups; for what is sent elsewhere. */
  readonly gzip?: boolean;
  /** Besides those of the configuration. */
  readonly excludedTables?: readonly string[];
}

/** The folder in snapshots that the dumps of this server are in. */
export function databaseFolder({ name, engine }: DatabaseConfig): ByteString {
  return `/${name ?? engine}`;
}

/**
 * The dumps of a server, one after the other (database.ts tells what they guarantee and throw).
 *
 * @throws also `invalid-input` if the replica is asked for and none is configured
 */
export async function* databaseEntries(
  config: DatabaseConfig,
  options: DatabaseEntriesOptions,
): AsyncGenerator<StreamEntry> {
  const { gzip = false, excludedTables = [] } = options;
  const connection = connectionOf(config, options);
  for await (const { fileName, content } of drivers[config.engine].dumps(connection, [
    ...config.excludedTables,
    ...excludedTables,
  ])) {
    const path = `${databaseFolder(config)}/${fileName}${gzip ? '.gz' : ''}`;
    yield { path: fromUtf8(path), kind: 'file', content: gzip ? gzipped(content) : content };
  }
}

export interface RestoreDatabaseOptions extends DatabaseAccess {
  /** The name of the dump's entry in the snapshot, or its whole path as text: it tells the database, and whether it is packed. */
  readonly entryPath: string;
  readonly content: AsyncIterable<Uint8Array>;
  /** Restores into this database instead of the one that the dump is of. */
  readonly database?: string;
}

/** Puts a dump back by the engine's own tool. The engine's file tells what is replaced, and what a failed restore leaves. */
export async function restoreDatabase(config: DatabaseConfig, options: RestoreDatabaseOptions): Promise<void> {
  const { name, content } = dumpOf(options);
  await drivers[config.engine].restore(connectionOf(config, options), name, options.database, content);
}

export interface VerifyDatabaseOptions extends Omit<RestoreDatabaseOptions, 'database'> {
  /**
   * Letters and digits, at most 40: a proof that is tried again under its id removes what one before, that was killed, left on the
   * server. A new one unless given.
   */
  readonly proofId?: string;
}

/**
 * Proves that a dump goes back: it is restored beside what is there, and taken away again (each engine's file says how far).
 *
 * @throws as `restoreDatabase` for a dump that does not go back
 */
export async function verifyDatabaseDump(config: DatabaseConfig, options: VerifyDatabaseOptions): Promise<void> {
  const { name, content } = dumpOf(options);
  const scratch = scratchDatabase(options.proofId);
  await drivers[config.engine].verify(connectionOf(config, options), name, content, scratch);
}

function dumpOf({ entryPath, content }: RestoreDatabaseOptions): { name: string; content: AsyncIterable<Uint8Array> } {
  const fileName = entryPath.slice(entryPath.lastIndexOf('/') + 1);
  const isPacked = fileName.endsWith('.gz');
  const name = /^(.+)\.(sql|rdb|archive)$/.exec(isPacked ? fileName.slice(0, -'.gz'.length) : fileName)?.[1];
  if (name === undefined) {
    throw new HoldfastError('invalid-input', `"${fileName}" is no dump of a database.`, {
      hint: 'Name a file that a backup of a database made, as "app.sql".',
    });
  }
  return { name, content: isPacked ? gunzipped(content) : content };
}

/** Connects. @returns the server's version, or undefined where the engine's tools do not tell it. */
export async function testDatabase(
  config: DatabaseConfig,
  options: DatabaseAccess & { readonly replica?: boolean },
): Promise<string | undefined> {
  return drivers[config.engine].version(connectionOf(config, options));
}

function connectionOf(config: DatabaseConfig, options: DatabaseAccess & { readonly replica?: boolean }): Connection {
  const { password, replica = false, signal } = options;
  if (replica && config.replica === undefined) {
    throw new HoldfastError('invalid-input', `No replica of ${config.name ?? config.engine} is configured.`, {
      hint: 'Give the host of the replica in the configuration of the database, or read from the primary.',
    });
  }
  return { config, password, replica, signal };
}
