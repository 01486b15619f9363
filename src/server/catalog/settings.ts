/** Values that the server makes for itself and must keep. */
import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

export class Settings {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** 32 bytes that sign links; made at the first use. */
  signingKey(): Buffer {
    this.#database
      .prepare("INSERT OR IGNORE INTO settings (key, value) VALUES ('signing-key', ?)")
      .run(randomBytes(32).toString('base64'));
    const row = this.#database.prepare("SELECT value FROM settings WHERE key = 'signing-key'").get();
    return Buffer.from(String(row?.value), 'base64');
  }
}
