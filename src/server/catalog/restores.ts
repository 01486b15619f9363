/** Restores that clients asked for, as rows. */
import type { Statements } from './statements.ts';

export type RestoreState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export interface RestoreRecord {
  readonly number: number;
  readonly scope: string;
  /** `fa`: the client's own. */
  readonly clientId: number | undefined;
  /** Empty where the client named one that there is not. */
  readonly backupId: string;
  readonly clientBackupId: number | undefined;
  /** Absolute; undefined restores to where it was. */
  readonly target: string | undefined;
  readonly truncate: boolean;
  readonly state: RestoreState;
  readonly error: string | undefined;
  readonly totalBytes: number | undefined;
  readonly jobId: string | undefined;
  /** Mark of the process that restores by itself, beside the server; no job does. */
  readonly process: string | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly endedAt: number | undefined;
}

export type NewRestore = Pick<RestoreRecord, 'scope' | 'backupId' | 'createdAt'> &
  Partial<Pick<RestoreRecord, 'clientId' | 'clientBackupId' | 'target' | 'truncate' | 'process'>>;
export type RestoreChange = Partial<Pick<RestoreRecord, 'state' | 'error' | 'totalBytes' | 'jobId' | 'endedAt'>>;

const columns = {
  state: 'state',
  error: 'error',
  totalBytes: 'total_bytes',
  jobId: 'job_id',
  endedAt: 'ended_at',
} as const satisfies Record<keyof RestoreChange, string>;

export class Restores {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** A new one, `queued` (`running` where a process does it by itself); one with the same client id is replaced. */
  add(restore: NewRestore): RestoreRecord {
    const { scope, backupId, createdAt, clientId, clientBackupId, target, truncate = false, process } = restore;
    const { lastInsertRowid } = this.#statements
      .prepare(
        `INSERT OR REPLACE INTO restores (scope, client_id, backup_id, client_backup_id, target, truncate, process, state, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        scope,
        clientId ?? null,
        backupId,
        clientBackupId ?? null,
        target ?? null,
        truncate ? 1 : 0,
        process ?? null,
        process === undefined ? 'queued' : 'running',
        createdAt,
      );
    return this.get(Number(lastInsertRowid))!;
  }

  get(number: number): RestoreRecord | undefined {
    return toRecord(this.#statements.prepare('SELECT * FROM restores WHERE number = ?').get(number));
  }

  byClientId(scope: string, clientId: number): RestoreRecord | undefined {
    return toRecord(
      this.#statements.prepare('SELECT * FROM restores WHERE scope = ? AND client_id = ?').get(scope, clientId),
    );
  }

  /** The last one of a backup. */
  lastOf(backupId: string): RestoreRecord | undefined {
    return toRecord(
      this.#statements.prepare('SELECT * FROM restores WHERE backup_id = ? ORDER BY number DESC LIMIT 1').get(backupId),
    );
  }

  /** The last one of each of these backups that has any, by the backup's id. */
  lastOfEach(backupIds: readonly string[]): ReadonlyMap<string, RestoreRecord> {
    const rows = this.#statements
      .prepare('SELECT * FROM restores WHERE backup_id IN (SELECT value FROM json_each(?)) ORDER BY number')
      .all(JSON.stringify(backupIds));
    return new Map(rows.map((row) => [String(row.backup_id), toRecord(row)!]));
  }

  /** Those that wait or run. */
  openOf(scope: string): RestoreRecord[] {
    return this.#statements
      .prepare("SELECT * FROM restores WHERE scope = ? AND state IN ('queued', 'running') ORDER BY number")
      .all(scope)
      .map((row) => toRecord(row)!);
  }

  /** Those that processes of their own have not ended yet; of all scopes. */
  openOfProcesses(): RestoreRecord[] {
    return this.#statements
      .prepare("SELECT * FROM restores WHERE process IS NOT NULL AND state = 'running'")
      .all()
      .map((row) => toRecord(row)!);
  }

  update(number: number, change: RestoreChange): RestoreRecord | undefined {
    const fields = Object.entries(change) as [keyof RestoreChange, string | number | undefined][];
    if (fields.length > 0) {
      this.#statements
        .prepare(`UPDATE restores SET ${fields.map(([field]) => `${columns[field]} = ?`).join(', ')} WHERE number = ?`)
        .run(...fields.map(([, value]) => value ?? null), number);
    }
    return this.get(number);
  }

  removeOfScope(scope: string): void {
    this.#statements.prepare('DELETE FROM restores WHERE scope = ?').run(scope);
  }
}

function toRecord(row: Readonly<Record<string, unknown>> | undefined): RestoreRecord | undefined {
  if (row === undefined) return undefined;
  const number = (value: unknown): number | undefined => (value === null ? undefined : Number(value));
  const text = (value: unknown): string | undefined => (value === null ? undefined : String(value));
  return {
    number: Number(row.number),
    scope: String(row.scope),
    clientId: number(row.client_id),
    backupId: String(row.backup_id),
    clientBackupId: number(row.client_backup_id),
    target: text(row.target),
    truncate: row.truncate === 1,
    state: String(row.state) as RestoreState,
    error: text(row.error),
    totalBytes: number(row.total_bytes),
    jobId: text(row.job_id),
    process: text(row.process),
    createdAt: Number(row.created_at),
    endedAt: number(row.ended_at),
  };
}
