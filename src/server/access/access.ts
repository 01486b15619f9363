/**
 * Who calls, by the token that was shown.
 *
 *   seen within the last minutes (by its hash, in memory) ─► the row: still there, not revoked ─► the caller
 *   else: slow hash, compared in constant time; wrong ones are counted by address and by account
 *
 * Guarantees: an unknown token, a wrong secret and a revoked one get the same answer, in about the same time; after too many wrong
 * ones within a minute the address (or the account) is turned away unheard with `too-many-requests`, but callers that were seen
 * before pass: nobody locks them out. A revocation works at once.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { TokenRecord, TokenRole, Tokens } from '../catalog/tokens.ts';
import { FailureLimit } from './failure-limit.ts';
import { isRight, parseToken } from './token.ts';

export interface Caller {
  readonly tokenId: string;
  readonly name: string;
  readonly role: TokenRole;
  mayUse(scopeId: string): boolean;
}

const seenMs = 5 * 60_000;
const mostSeen = 10_000;
/** How stale the time of the last use may be in the catalog: not a write a request. */
const usedEveryMs = 60_000;
const failuresPerMinute = 20;

export class Access {
  readonly #tokens: Tokens;
  readonly #clock: Clock;
  /** By hash of the token's text. */
  readonly #seen = new Map<string, { readonly id: string; readonly untilMs: number }>();
  readonly #failures: FailureLimit;

  constructor({ tokens, clock }: { readonly tokens: Tokens; readonly clock: Clock }) {
    this.#tokens = tokens;
    this.#clock = clock;
    this.#failures = new FailureLimit(clock, failuresPerMinute);
  }

  /**
   * @param text of the token, without "Bearer" and its like; undefined if none was shown
   * @throws `unauthenticated` (with `context.missing` if none was shown); `too-many-requests` with `context.retryAfterSeconds`
   */
  async authenticate(text: string | undefined, address: string): Promise<Caller> {
    if (text === undefined || text === '') throw unauthenticated(true);
    const key = createHash('sha256').update(text).digest('base64');
    const record = this.#seenBefore(key) ?? (await this.#check(text, key, address));
    this.#touch(record);
    const { id: tokenId, name, role, scopes } = record;
    return { tokenId, name, role, mayUse: (scopeId) => scopes === '*' || scopes.includes(scopeId) };
  }

  #seenBefore(key: string): TokenRecord | undefined {
    const seen = this.#seen.get(key);
    if (seen === undefined || seen.untilMs <= this.#clock.monotonicMs()) return undefined;
    const record = this.#tokens.get(seen.id);
    return record?.revokedAt === undefined ? record : undefined;
  }

  async #check(text: string, key: string, address: string): Promise<TokenRecord> {
    const parsed = parseToken(text);
    const accounts = [`address ${address}`, ...(parsed === undefined ? [] : [`token ${parsed.id}`])];
    this.#failures.assertHeard(accounts);
    const record = parsed === undefined ? undefined : this.#tokens.get(parsed.id);
    const isGood = await isRight(parsed?.secret ?? text, record);
    if (!isGood || record === undefined || record.revokedAt !== undefined) {
      this.#failures.failed(accounts);
      throw unauthenticated(false);
    }
    const [oldest] = this.#seen.keys();
    if (this.#seen.size >= mostSeen && oldest !== undefined) this.#seen.delete(oldest);
    this.#seen.set(key, { id: record.id, untilMs: this.#clock.monotonicMs() + seenMs });
    return record;
  }

  #touch({ id, usedAt }: TokenRecord): void {
    const nowMs = this.#clock.now().getTime();
    if (usedAt === undefined || Math.abs(nowMs - usedAt) > usedEveryMs) this.#tokens.used(id, nowMs);
  }
}

function unauthenticated(missing: boolean): HoldfastError {
  const message = missing ? 'A token is needed.' : 'The token is not known.';
  return new HoldfastError('unauthenticated', message, {
    hint: 'Get one by: holdfast server token add',
    context: { missing },
  });
}
