/** Links that work once: redeemed by one atomic step, so that of many requests at once one gets it. Secrets are kept as hashes. */
import { createHash, randomBytes } from 'node:crypto';
import type { Statements } from './statements.ts';

export interface RedeemedLink {
  readonly backupId: string;
  readonly part: string;
}

export class Links {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** The secret for the link. Forgets links that are long over. */
  add(link: { readonly backupId: string; readonly part: string; readonly expiresAt: number }, nowMs: number): string {
    const secret = randomBytes(32).toString('base64url');
    this.#statements.prepare('DELETE FROM links WHERE expires_at < ?').run(nowMs - 24 * 3_600_000);
    this.#statements
      .prepare('INSERT INTO links (key, backup_id, part, expires_at) VALUES (?, ?, ?, ?)')
      .run(keyOf(secret), link.backupId, link.part, link.expiresAt);
    return secret;
  }

  /** Undefined if it was redeemed, is too old, or never was. */
  redeem(secret: string, nowMs: number): RedeemedLink | undefined {
    const row = this.#statements
      .prepare(
        `UPDATE links SET redeemed_at = ? WHERE key = ? AND redeemed_at IS NULL AND expires_at > ?
         RETURNING backup_id, part`,
      )
      .get(nowMs, keyOf(secret), nowMs);
    return row === undefined ? undefined : { backupId: String(row.backup_id), part: String(row.part) };
  }
}

function keyOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
