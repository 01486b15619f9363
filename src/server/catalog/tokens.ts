/** Tokens, as rows: slow hashes with a salt each, never the tokens themselves. */
import type { Statements } from './statements.ts';

export const tokenRoles = ['admin', 'member', 'public'] as const;
export type TokenRole = (typeof tokenRoles)[number];

export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  readonly role: TokenRole;
  /** Ids of scopes. */
  readonly scopes: readonly string[] | '*';
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly usedAt: number | undefined;
  readonly revokedAt: number | undefined;
}

export class Tokens {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  add(token: Omit<TokenRecord, 'usedAt' | 'revokedAt'>): void {
    this.#statements
      .prepare('INSERT INTO tokens (id, name, role, scopes, salt, hash, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(token.id, token.name, token.role, JSON.stringify(token.scopes), token.salt, token.hash, token.createdAt);
  }

  get(id: string): TokenRecord | undefined {
    return toRecord(this.#statements.prepare('SELECT * FROM tokens WHERE id = ?').get(id));
  }

  list(): TokenRecord[] {
    return this.#statements
      .prepare('SELECT * FROM tokens ORDER BY created_at')
      .all()
      .map((row) => toRecord(row)!);
  }

  /** @returns whether there was one that was good until now */
  revoke(id: string, nowMs: number): boolean {
    const { changes } = this.#statements
      .prepare('UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL')
      .run(nowMs, id);
    return changes > 0;
  }

  used(id: string, nowMs: number): void {
    this.#statements.prepare('UPDATE tokens SET used_at = ? WHERE id = ?').run(nowMs, id);
  }
}

function toRecord(row: Readonly<Record<string, unknown>> | undefined): TokenRecord | undefined {
  if (row === undefined) return undefined;
  const number = (value: unknown): number | undefined => (value === null ? undefined : Number(value));
  return {
    id: String(row.id),
    name: String(row.name),
    role: String(row.role) as TokenRole,
    scopes: JSON.parse(String(row.scopes)) as readonly string[] | '*',
    salt: row.salt as Uint8Array,
    hash: row.hash as Uint8Array,
    createdAt: Number(row.created_at),
    usedAt: number(row.used_at),
    revokedAt: number(row.revoked_at),
  };
}
