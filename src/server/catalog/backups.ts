/** The backups of all scopes, as rows. What a dialect shows of one is the dialect's. */
import { randomUUID } from 'node:crypto';
import type { SQLInputValue } from 'node:sqlite';
import type { Statements } from './statements.ts';

export type BackupState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'expired';

/** What is in a backup. */
export type BackupContent =
  /** Folders of this machine; `ignored` in .gitignore's syntax. */
  | { readonly kind: 'folders'; readonly paths: readonly string[]; readonly ignored: readonly string[] }
  /** All that the scope names: its folders and its databases. */
  | { readonly kind: 'scope' }
  | {
      readonly kind: 'database';
      readonly engine: string;
      readonly database: string;
      /** The name of its server in the scope, where one engine has several. */
      readonly server?: string;
      readonly excludedTables: readonly string[];
      readonly gzip: boolean;
      readonly onReplica: boolean;
    }
  /** A file that was fetched from elsewhere. */
  | {
      readonly kind: 'import';
      readonly engine: string;
      readonly database: string;
      readonly server?: string;
      readonly url: string;
    };

/** The archive that a download gives, measured when the backup was done. */
export interface BackupArchive {
  readonly kind: 'tar.gz' | 'zip' | 'tar';
  readonly bytes: number;
  readonly sha1: string;
  /** What made it: another version of these may make other bytes of the same files. */
  readonly recipe: string;
}

export interface VerifyResult {
  readonly state: 'verifying' | 'verified' | 'failed' | 'unable';
  readonly message?: string;
}

export interface BackupRecord {
  /** Over all scopes; never used twice. */
  readonly number: number;
  /** A UUID. */
  readonly id: string;
  readonly scope: string;
  readonly clientId: number | undefined;
  readonly task: number | undefined;
  readonly name: string;
  readonly description: string;
  readonly state: BackupState;
  readonly error: string | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly completedAt: number | undefined;
  readonly snapshotId: string | undefined;
  readonly totalBytes: number | undefined;
  readonly storedBytes: number | undefined;
  readonly files: number | undefined;
  readonly locked: boolean;
  readonly jobId: string | undefined;
  readonly content: BackupContent;
  readonly archive: BackupArchive | undefined;
  readonly verify: VerifyResult | undefined;
  /** The one whose client id it took, as long as that one's data are there. */
  readonly replaces: string | undefined;
}

export type NewBackup = Pick<BackupRecord, 'scope' | 'name' | 'content' | 'createdAt'> &
  Partial<Pick<BackupRecord, 'description' | 'locked' | 'clientId' | 'task' | 'replaces'>>;

export type BackupChange = Partial<Omit<BackupRecord, 'number' | 'id' | 'scope' | 'createdAt' | 'updatedAt'>>;

export interface BackupFilter {
  readonly scope: string;
  readonly task?: number;
  /** Of `content`, for `database` and `import`. */
  readonly engine?: string;
  readonly states?: readonly BackupState[];
}

export interface PageOf {
  readonly offset: number;
  readonly limit: number;
}

const columns = {
  clientId: 'client_id',
  task: 'task',
  name: 'name',
  description: 'description',
  state: 'state',
  error: 'error',
  completedAt: 'completed_at',
  snapshotId: 'snapshot_id',
  totalBytes: 'total_bytes',
  storedBytes: 'stored_bytes',
  files: 'files',
  locked: 'locked',
  jobId: 'job_id',
  content: 'content',
  archive: 'archive',
  verify: 'verify',
  replaces: 'replaces',
} as const satisfies Record<keyof BackupChange, string>;

export class Backups {
  readonly #statements: Statements;
  /** Counts and sums over many rows, until a row changes: this process alone writes them. */
  readonly #known = new Map<string, unknown>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** A new one, `queued`. A client id that is taken is the caller's to free before. */
  add(backup: NewBackup): BackupRecord {
    const { scope, name, content, createdAt, description = '', locked = false, clientId, task, replaces } = backup;
    this.#known.clear();
    const id = randomUUID();
    this.#prepare(
      `INSERT INTO backups (id, scope, client_id, task, name, description, state, created_at, updated_at, locked, content, replaces)
       VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?)`,
    ).run(
      id,
      scope,
      clientId ?? null,
      task ?? null,
      name,
      description,
      createdAt,
      createdAt,
      locked ? 1 : 0,
      JSON.stringify(content),
      replaces ?? null,
    );
    return this.get(id)!;
  }

  get(id: string): BackupRecord | undefined {
    return toRecord(this.#prepare('SELECT * FROM backups WHERE id = ?').get(id));
  }

  byNumber(number: number): BackupRecord | undefined {
    return toRecord(this.#prepare('SELECT * FROM backups WHERE number = ?').get(number));
  }

  byClientId(scope: string, clientId: number): BackupRecord | undefined {
    return toRecord(this.#prepare('SELECT * FROM backups WHERE scope = ? AND client_id = ?').get(scope, clientId));
  }

  /** Those that are done, and took the client id of one that is still there. */
  thatReplaced(): BackupRecord[] {
    return this.#prepare("SELECT * FROM backups WHERE replaces IS NOT NULL AND state = 'done'")
      .all()
      .map((row) => toRecord(row)!);
  }

  /** Newest first. */
  list(filter: BackupFilter, page?: PageOf): BackupRecord[] {
    const { where, values } = conditions(filter);
    const limit = page === undefined ? '' : ` LIMIT ${Math.trunc(page.limit)} OFFSET ${Math.trunc(page.offset)}`;
    return this.#prepare(`SELECT * FROM backups WHERE ${where} ORDER BY number DESC${limit}`)
      .all(...values)
      .map((row) => toRecord(row)!);
  }

  count(filter: BackupFilter): number {
    const { where, values } = conditions(filter);
    return this.#remembered(`${where} ${values.join(' ')}`, () =>
      Number(this.#prepare(`SELECT count(*) AS count FROM backups WHERE ${where}`).get(...values)?.count),
    );
  }

  /** When the nth newest was made, counted from 1. Milliseconds since 1970; undefined if there are fewer. */
  createdAtOf(scope: string, nth: number): number | undefined {
    const row = this.#prepare(
      'SELECT created_at FROM backups WHERE scope = ? ORDER BY created_at DESC LIMIT 1 OFFSET ?',
    ).get(scope, nth - 1);
    return row === undefined ? undefined : Number(row.created_at);
  }

  /** What the backups of a scope hold that are done. */
  totals(scope: string): { readonly files: number; readonly totalBytes: number; readonly storedBytes: number } {
    return this.#remembered(`totals ${scope}`, () => this.#sum(scope));
  }

  #sum(scope: string): ReturnType<Backups['totals']> {
    const row = this.#prepare(
      `SELECT sum(files) AS files, sum(total_bytes) AS total, sum(stored_bytes) AS stored FROM backups
       WHERE scope = ? AND state = 'done'`,
    ).get(scope);
    return {
      files: Number(row?.files ?? 0),
      totalBytes: Number(row?.total ?? 0),
      storedBytes: Number(row?.stored ?? 0),
    };
  }

  /** @returns as it is now; undefined if it is gone */
  update(id: string, change: BackupChange, nowMs: number): BackupRecord | undefined {
    this.#known.clear();
    const fields = Object.entries(change) as [keyof BackupChange, unknown][];
    const sets = fields.map(([field]) => `${columns[field]} = ?`).concat('updated_at = ?');
    const values = fields.map(([, value]) => toColumn(value));
    this.#prepare(`UPDATE backups SET ${sets.join(', ')} WHERE id = ?`).run(...values, nowMs, id);
    return this.get(id);
  }

  remove(id: string): void {
    this.#known.clear();
    this.#prepare('DELETE FROM backups WHERE id = ?').run(id);
    this.#prepare('UPDATE backups SET replaces = NULL WHERE replaces = ?').run(id);
  }

  /** What was counted holds no more: changes were taken back. */
  forgetCounts(): void {
    this.#known.clear();
  }

  #prepare(sql: string) {
    return this.#statements.prepare(sql);
  }

  /** What `ask` answered since the last change. */
  #remembered<T>(key: string, ask: () => T): T {
    if (!this.#known.has(key)) this.#known.set(key, ask());
    return this.#known.get(key) as T;
  }
}

function conditions({ scope, task, engine, states }: BackupFilter): { where: string; values: SQLInputValue[] } {
  const where = ['scope = ?'];
  const values: SQLInputValue[] = [scope];
  if (task !== undefined) {
    where.push('task = ?');
    values.push(task);
  }
  if (engine !== undefined) {
    where.push("content ->> 'engine' = ?");
    values.push(engine);
  }
  if (states !== undefined) {
    where.push(`state IN (${states.map(() => '?').join(', ')})`);
    values.push(...states);
  }
  return { where: where.join(' AND '), values };
}

function toColumn(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'object') return JSON.stringify(value);
  return value as SQLInputValue;
}

function toRecord(row: Readonly<Record<string, unknown>> | undefined): BackupRecord | undefined {
  if (row === undefined) return undefined;
  const number = (value: unknown): number | undefined => (value === null ? undefined : Number(value));
  const text = (value: unknown): string | undefined => (value === null ? undefined : String(value));
  const json = <T>(value: unknown): T | undefined => (value === null ? undefined : (JSON.parse(String(value)) as T));
  return {
    number: Number(row.number),
    id: String(row.id),
    scope: String(row.scope),
    clientId: number(row.client_id),
    task: number(row.task),
    name: String(row.name),
    description: String(row.description),
    state: String(row.state) as BackupState,
    error: text(row.error),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    completedAt: number(row.completed_at),
    snapshotId: text(row.snapshot_id),
    totalBytes: number(row.total_bytes),
    storedBytes: number(row.stored_bytes),
    files: number(row.files),
    locked: row.locked === 1,
    jobId: text(row.job_id),
    content: json<BackupContent>(row.content)!,
    archive: json<BackupArchive>(row.archive),
    verify: json<VerifyResult>(row.verify),
    replaces: text(row.replaces),
  };
}
