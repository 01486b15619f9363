/**
 * The port of a database engine: dumps by the engine's own tool as streams, and back by it.
 *
 * Contract, for each engine:
 * - Nothing is started before it is asked for: listing the databases when the first entry is, a dump when its content is.
 * - A dump is consistent in itself where the engine can (the engine's file says how), and two dumps are not of one moment.
 * - Content that ends without an error is a whole dump: the tool ended with success, and the dump's own end was seen.
 * - The password is in no argument of a program and in no file that others may read, and is taken out of every message.
 * - Errors: `not-found` (the tool, a database), `unauthenticated`, `permission`, `network` (retry `backoff`), `no-space`, else
 *   `io`; each with a hint. A cancel rethrows `signal.reason` within a second, and leaves nothing running and no file.
 */
import { randomBytes } from 'node:crypto';
import type { DatabaseConfig } from '../../config/database.ts';

/** How a server is reached, for one run. */
export interface Connection {
  readonly config: DatabaseConfig;
  /** What `passwordSecret` names. */
  readonly password: string | undefined;
  /** Read from `config.replica` instead. */
  readonly replica: boolean;
  readonly signal: AbortSignal;
}

/** A dump that can be had. */
export interface Dump {
  /** In the folder of the database server: "app.sql". */
  readonly fileName: string;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface EngineDriver {
  dumps(connection: Connection, excludedTables: readonly string[]): AsyncIterable<Dump>;
  /**
   * Puts a dump back. What of its tables is there is replaced; the engine's file says what else, and whether a restore that fails
   * leaves all as it was.
   *
   * @param name of the dump's file, without its ending
   * @param database to restore into instead of that of the name
   */
  restore(
    connection: Connection,
    name: string,
    database: string | undefined,
    content: AsyncIterable<Uint8Array>,
  ): Promise<void>;
  /**
   * Proves that a dump goes back, as far as the engine's file says: nothing that is there is touched, and nothing stays.
   *
   * @param name of the dump's file, without its ending
   * @param scratch name of the database that is made for it, where the engine needs one; what has that name is dropped first
   * @throws as `restore`; `corrupt`
   */
  verify(connection: Connection, name: string, content: AsyncIterable<Uint8Array>, scratch: string): Promise<void>;
  /** Connects. @returns the server's version, or undefined where the tools do not tell */
  version(connection: Connection): Promise<string | undefined>;
}

/** For a restore that proves a dump: a name that nobody else has, and that a proof of the same id finds again. */
export function scratchDatabase(proofId = randomBytes(8).toString('hex')): string {
  return `holdfast_verify_${proofId.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`;
}

/** What takes a scratch database away goes on when the proof was cancelled, but not for ever. */
export function cleaning(connection: Connection): Connection {
  return { ...connection, signal: AbortSignal.timeout(30_000) };
}

/** Host and port, of the replica where that is asked for. */
export function addressOf({ config, replica }: Connection): {
  readonly host: string;
  readonly port?: number | undefined;
} {
  return replica && config.replica !== undefined ? config.replica : config;
}
