/** Values that the server makes for itself and must keep. */
import { randomBytes } from 'node:crypto';
import type { Statements } from './statements.ts';

export class Settings {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** 32 bytes that sign links; made at the first use. */
  signingKey(): Buffer {
    this.#statements
      .prepare("INSERT OR IGNORE INTO settings (key, value) VALUES ('signing-key', ?)")
      .run(randomBytes(32).toString('base64'));
    const row = this.#statements.prepare("SELECT value FROM settings WHERE key = 'signing-key'").get();
    return Buffer.from(String(row?.value), 'base64');
  }
}
