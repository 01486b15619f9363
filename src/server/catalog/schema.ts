/** The tables of the catalog, and how files of older versions become those of today: `user_version` counts the steps that were done. */
import type { DatabaseSync } from 'node:sqlite';

/** Step n makes version n + 1 of version n. A published step is never changed. */
const steps: readonly string[] = [
  `
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    scopes TEXT NOT NULL,          -- JSON: ids of scopes, or "*"
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    revoked_at INTEGER
  ) STRICT;

  CREATE TABLE backups (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    client_id INTEGER,             -- fa: chosen by the client
    task INTEGER,                  -- stacks: the task that made it
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    created_at INTEGER NOT NULL,   -- times: milliseconds since 1970
    updated_at INTEGER NOT NULL,
    completed_at INTEGER,
    snapshot_id TEXT,
    total_bytes INTEGER,
    stored_bytes INTEGER,
    files INTEGER,
    locked INTEGER NOT NULL,
    job_id TEXT,
    content TEXT NOT NULL,         -- JSON: what is in it (BackupContent)
    archive TEXT,                  -- JSON: BackupArchive
    verify TEXT,                   -- JSON: VerifyResult
    UNIQUE (scope, client_id)
  ) STRICT;
  CREATE INDEX backups_of_scope ON backups (scope, number);
  CREATE INDEX backups_of_task ON backups (task, number);

  CREATE TABLE restores (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    client_id INTEGER,
    backup_id TEXT NOT NULL,
    client_backup_id INTEGER,
    target TEXT,
    truncate INTEGER NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    total_bytes INTEGER,
    job_id TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    UNIQUE (scope, client_id)
  ) STRICT;
  CREATE INDEX restores_of_backup ON restores (backup_id, number);

  CREATE TABLE tasks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    database_index TEXT NOT NULL,  -- which database of the scope: "mysql/app"
    order_json TEXT NOT NULL,      -- TaskOrder
    created_at INTEGER NOT NULL,
    next_at INTEGER                -- of those that repeat
  ) STRICT;
  CREATE INDEX tasks_of_scope ON tasks (scope, number);

  CREATE TABLE links (
    key TEXT PRIMARY KEY,          -- SHA-256 of the secret in the link
    backup_id TEXT NOT NULL,
    part TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    redeemed_at INTEGER
  ) STRICT;

  CREATE TABLE jobs (id TEXT PRIMARY KEY, place INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
  `,
  `
  ALTER TABLE restores ADD COLUMN process TEXT;  -- mark of the process that restores by itself: no job of the queue
  `,
  `
  ALTER TABLE backups ADD COLUMN replaces TEXT;  -- fa: the backup whose client id this one took
  CREATE INDEX backups_that_replace ON backups (replaces) WHERE replaces IS NOT NULL;
  `,
];

/** Brings the file up to date, each step whole or not at all. @throws Error for a file of a newer version */
export function migrate(database: DatabaseSync): void {
  const row = database.prepare('PRAGMA user_version').get();
  const version = Number(row?.user_version ?? 0);
  if (version > steps.length) {
    throw new Error(`the catalog is of version ${version}, and this Holdfast knows versions up to ${steps.length}`);
  }
  for (const [at, step] of steps.entries()) {
    if (at < version) continue;
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(step);
      database.exec(`PRAGMA user_version = ${at + 1}`);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }
}
