/**
 * What the server knows beside its repositories: tokens, backups, restores, tasks, links and the job queue, in one SQLite file.
 *
 * Guarantees: WAL with `synchronous = FULL`, so that what was answered is on the disk; several processes may use it at once (the
 * server, and `holdfast server token …` beside it). Calls are synchronous and short.
 */
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError, messageOf } from '../../base/errors.ts';
import { Backups } from './backups.ts';
import { JobsTable } from './jobs-table.ts';
import { Links } from './links.ts';
import { Restores } from './restores.ts';
import { migrate } from './schema.ts';
import { Settings } from './settings.ts';
import { Statements } from './statements.ts';
import { Tasks } from './tasks.ts';
import { Tokens } from './tokens.ts';

/** How long one process waits for another's write. */
const busyMs = 10_000;

export class Catalog implements Disposable {
  readonly tokens: Tokens;
  readonly backups: Backups;
  readonly restores: Restores;
  readonly tasks: Tasks;
  readonly links: Links;
  readonly jobs: JobsTable;
  readonly settings: Settings;
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
    const statements = new Statements(database);
    this.tokens = new Tokens(statements);
    this.backups = new Backups(statements);
    this.restores = new Restores(statements);
    this.tasks = new Tasks(statements);
    this.links = new Links(statements);
    this.jobs = new JobsTable(statements);
    this.settings = new Settings(statements);
  }

  /** Makes the file where there is none; its folder must be there. @throws `corrupt`, `unsupported` or `io` naming the file */
  static open(path: string): Catalog {
    try {
      const database = new DatabaseSync(path, { timeout: busyMs });
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
      migrate(database);
      return new Catalog(database);
    } catch (cause) {
      const code = /newer|version/.test(messageOf(cause)) ? 'unsupported' : 'corrupt';
      throw new HoldfastError(code, `The catalog ${path} cannot be used: ${messageOf(cause)}`, {
        hint:
          code === 'unsupported' ? 'Update Holdfast.' : 'Put a copy of it back; the repositories beside it are sound.',
        cause,
      });
    }
  }

  /** All that `work` writes in one transaction: much faster for many rows, and all or nothing. */
  together<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const value = work();
      this.#database.exec('COMMIT');
      return value;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      this.backups.forgetCounts();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
