/**
 * Tokens of clients: `hf_<id>_<secret>`, shown once when made. The id finds the row; the secret (256 random bits) is kept as a slow
 * hash with a salt.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import type { TokenRecord } from '../catalog/tokens.ts';

/** About 40 ms and 16 MiB: a secret cannot be guessed anyway, and each is checked once in a while only (access.ts). */
const cost: ScryptOptions = { N: 16_384, r: 8, p: 1 };
const pattern = /^hf_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

export interface NewToken {
  /** What the client gets. */
  readonly text: string;
  readonly record: Omit<TokenRecord, 'usedAt' | 'revokedAt'>;
}

export async function newToken(token: Pick<TokenRecord, 'name' | 'role' | 'scopes' | 'createdAt'>): Promise<NewToken> {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  const salt = randomBytes(16);
  const hash = await slowHash(secret, salt);
  return { text: `hf_${id}_${secret}`, record: { id, salt, hash, ...token } };
}

/** The id and secret in a token, or undefined for what is none. */
export function parseToken(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = pattern.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

const nobody = { salt: randomBytes(16), hash: randomBytes(32) };

/** Takes as long for an unknown token, so that the time tells nothing. */
export async function isRight(
  secret: string,
  record: Pick<TokenRecord, 'salt' | 'hash'> | undefined,
): Promise<boolean> {
  const { salt, hash } = record ?? nobody;
  const equal = timingSafeEqual(await slowHash(secret, salt), hash);
  return equal && record !== undefined;
}

function slowHash(secret: string, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, cost, (error, hash) => (error === null ? resolve(hash) : reject(error)));
  });
}
