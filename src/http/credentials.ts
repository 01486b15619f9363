/**
 * Who may use a server: who knows its token, or has a session that began with a login code.
 *
 *     token ──► Authorization: Bearer …            (command line, Electron's main process)
 *       └─ issues a login code ──► GET /login?code=… ──► session cookie       (a browser)
 *
 * Guarantees: secrets are compared in constant time and kept as hashes only; a login code works once, within a minute;
 * sessions end by themselves, and with the process. After too many wrong credentials in a minute further wrong ones are
 * turned away unheard of with 429; right ones always pass: the secrets have 256 bits, so guessing is hopeless anyway, and
 * a stranger on this machine must not be able to lock the owner out.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { HoldfastError } from '../base/errors.ts';

export interface CredentialsOptions {
  /** At least 32 characters. */
  readonly token: string;
  readonly clock: Clock;
  /** A login code works so long. */
  readonly codeMs?: number;
  /** A session ends after so long without a request. */
  readonly sessionIdleMs?: number;
  /** So many wrong credentials in a minute are answered, further ones are not. */
  readonly failuresPerMinute?: number;
}

/** What a caller showed: the secret of an `Authorization: Bearer` header, the value of the session cookie. */
export interface Shown {
  readonly bearer?: string | undefined;
  readonly session?: string | undefined;
}

const minuteMs = 60_000;
/** Enough for every tab of a person; the oldest goes when one more begins. */
const mostSessions = 64;
const mostCodes = 16;

export class Credentials {
  readonly #token: Buffer;
  readonly #clock: Clock;
  readonly #codeMs: number;
  readonly #sessionIdleMs: number;
  readonly #failuresPerMinute: number;
  /** By hash of the secret: when it ends, by the monotonic clock. */
  readonly #codes = new Map<string, number>();
  readonly #sessions = new Map<string, number>();
  /** When the last wrong credentials were shown. */
  #failures: number[] = [];

  constructor(options: CredentialsOptions) {
    if (options.token.length < 32) throw new RangeError('The token of a server needs 32 characters or more.');
    this.#token = digest(options.token);
    this.#clock = options.clock;
    this.#codeMs = options.codeMs ?? minuteMs;
    this.#sessionIdleMs = options.sessionIdleMs ?? 24 * 60 * minuteMs;
    this.#failuresPerMinute = options.failuresPerMinute ?? 20;
  }

  /** Undefined when what was shown is good; else `unauthenticated`, or `too-many-requests` with `context.retryAfterSeconds`. */
  check({ bearer, session }: Shown): HoldfastError | undefined {
    if (bearer !== undefined && timingSafeEqual(digest(bearer), this.#token)) return undefined;
    if (session !== undefined && this.#isSession(session)) return undefined;
    if (bearer === undefined && session === undefined) return unauthenticated('This needs a login.');
    return this.#failed('The login is not known, or has ended.');
  }

  /** A secret that begins one session, if it is redeemed soon. */
  newLoginCode(): string {
    return this.#remember(this.#codes, mostCodes, this.#codeMs);
  }

  /** Gives the id of a new session for a code, once; or the error, as `check` does. */
  redeem(code: string): { readonly session: string } | { readonly refused: HoldfastError } {
    const key = keyOf(code);
    const endsMs = this.#codes.get(key);
    this.#codes.delete(key);
    if (endsMs === undefined || endsMs <= this.#clock.monotonicMs()) {
      return { refused: this.#failed('This login link was used already, or is too old.') };
    }
    return { session: this.#remember(this.#sessions, mostSessions, this.#sessionIdleMs) };
  }

  /** The session is over. */
  end(session: string): void {
    this.#sessions.delete(keyOf(session));
  }

  #isSession(session: string): boolean {
    const key = keyOf(session);
    const nowMs = this.#clock.monotonicMs();
    const endsMs = this.#sessions.get(key);
    if (endsMs === undefined) return false;
    this.#sessions.delete(key);
    if (endsMs <= nowMs) return false;
    // Used last goes last in the map: the first is always the one to give up.
    this.#sessions.set(key, nowMs + this.#sessionIdleMs);
    return true;
  }

  #remember(where: Map<string, number>, most: number, lastsMs: number): string {
    const secret = randomBytes(32).toString('base64url');
    const [oldest] = where.keys();
    if (where.size >= most && oldest !== undefined) where.delete(oldest);
    where.set(keyOf(secret), this.#clock.monotonicMs() + lastsMs);
    return secret;
  }

  #failed(message: string): HoldfastError {
    const nowMs = this.#clock.monotonicMs();
    this.#failures = this.#failures.filter((atMs) => atMs > nowMs - minuteMs);
    const [firstMs] = this.#failures;
    if (firstMs === undefined || this.#failures.length < this.#failuresPerMinute) {
      this.#failures.push(nowMs);
      return unauthenticated(message);
    }
    const retryAfterSeconds = Math.max(1, Math.ceil((firstMs + minuteMs - nowMs) / 1000));
    return new HoldfastError('too-many-requests', 'There were too many wrong logins.', {
      hint: `Try again in ${retryAfterSeconds} s.`,
      retry: 'backoff',
      context: { retryAfterSeconds },
    });
  }
}

function unauthenticated(message: string): HoldfastError {
  return new HoldfastError('unauthenticated', message, { hint: 'Open Holdfast with "holdfast open".' });
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Secrets are looked up by their hash: how long that takes tells nothing of a secret. */
function keyOf(secret: string): string {
  return digest(secret).toString('base64');
}
