/**
 * The HTTP client of a remote backup API: what every dialect's client is built on.
 *
 *     turn of the pacer ─► send, follow redirects ─► read the body
 *       ├─ a status that is expected ─► parse by the schema ─► answer
 *       ├─ worth another try, and safe to repeat ─► wait (jitter, Retry-After) ─► again
 *       └─ else the dialect's error for it, or one by its status
 *
 * Guarantees
 * - Every request ends: bounded by timeouts, in tries, in time and in size; a cancel rejects at once with `signal.reason`.
 * - What is thrown is a HoldfastError (or `signal.reason`), and holds no credential: not in message, hint, context or cause.
 * - The credential goes to the base URL's origin only.
 * - Nothing that may have changed something is sent twice, unless the caller says `repeatable`, or the server that it did nothing.
 */
import type { z } from 'zod';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { type ErrorAnswer, errorAnswer, parseAnswer, statusError, surprise, type TextAnswer } from './answer.ts';
import { parseBaseUrl, type Query, requestUrl } from './base-url.ts';
import { readBody } from './read-body.ts';
import { Redactor } from './redactor.ts';
import { sendFollowing } from './redirects.ts';
import { RequestPacer } from './request-pacer.ts';
import { retryAfterMs } from './retry-after.ts';
import { RetryBudget, type RetryLimits } from './retry-budget.ts';
import { Transport, type TransportOptions } from './transport.ts';

export interface RemoteHttpOptions extends TransportOptions {
  /** As the user gave it: a path in it is kept before that of each request. */
  readonly baseUrl: string;
  /** Asked before every try. The value is redacted from all that is thrown. */
  readonly credential: () => Credential;
  /**
   * The dialect's error for an error answer, or undefined for the usual one of its status. What it is given holds no credential and
   * may be quoted; control characters are escaped afterwards. It should keep `unauthenticated` for 401.
   */
  readonly readError?: (answer: ErrorAnswer) => HoldfastError | undefined;
  /**
   * Whether the answer says that the request was turned away without anything being done, so that even a POST may be sent again.
   * 429 and 503 with `Retry-After` always count as such.
   */
  readonly isThrottled?: (answer: ErrorAnswer) => boolean;
}

export interface Credential {
  /** "authorization", "token" … */
  readonly header: string;
  /** With its scheme: "Bearer …". */
  readonly value: string;
}

export interface RequestOptions {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with "/"; goes after the base URL's path. Make it by `urlPath`, which encodes its parts. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as application/json. */
  readonly json?: unknown;
  /** Sent as application/x-www-form-urlencoded. At most one of `json` and `form`. */
  readonly form?: Query;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are answers and no errors. Default: 200–299. */
  readonly expect?: readonly number[];
  /** Doing it twice is the same as doing it once. Default: GET and HEAD are, others are not. */
  readonly repeatable?: boolean;
  readonly signal: AbortSignal;
}

export interface JsonRequestOptions<T> extends RequestOptions {
  /** What the body is parsed by. An empty body is `undefined` to it. */
  readonly schema: z.ZodType<T>;
  /** Of several JSON objects one after the other only the first counts. */
  readonly firstJsonOnly?: boolean;
}

export interface Answer<T> {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: TextAnswer['headers'];
  readonly body: T;
}

/** Some seconds for what passes by itself, and up to two minutes where the server says how long. */
const limits: RetryLimits = { tries: 4, totalMs: 150_000, firstCapMs: 1_000, lastCapMs: 10_000 };
const longestRetryAfterMs = 120_000;

export class RemoteHttp {
  /** For downloads: the same timeouts, authorities and rules; no credential by itself. */
  readonly transport: Transport;
  readonly #base: URL;
  readonly #options: RemoteHttpOptions;
  readonly #redactor = new Redactor();
  readonly #pacer: RequestPacer;

  /** @throws HoldfastError `invalid-input` for a base URL that cannot be used */
  constructor(options: RemoteHttpOptions) {
    this.#options = options;
    this.transport = new Transport(options);
    this.#base = parseBaseUrl(options.baseUrl, this.transport.allowInsecure);
    this.#pacer = new RequestPacer(options.clock);
  }

  /**
   * Asks, and parses the answer's JSON.
   *
   * @throws HoldfastError
   * - `network`, `timeout`: the server cannot be reached (name, address, certificate), or is too slow
   * - `unsupported`: an answer that is not as the schema says, a redirect that is not followed, a server that speaks no HTTP
   * - `too-many-requests`: with `context.retryAfterSeconds` where the server said so
   * - any other by the status: `unauthenticated`, `permission`, `not-found`, `conflict`, `invalid-input`, `io` …, with
   *   `context.status`; or the dialect's own (`readError`)
   */
  async request<T>(options: JsonRequestOptions<T>): Promise<Answer<T>> {
    const answer = await this.requestText({ ...options, headers: { accept: 'application/json', ...options.headers } });
    const { status, headers } = answer;
    return { status, headers, body: this.parse(answer, options.schema, options) };
  }

  /**
   * Asks, and gives the answer's text as it is: for empty answers, and where the body depends on the status (`parse` it then).
   * Throws as `request` does.
   */
  async requestText(options: RequestOptions): Promise<TextAnswer> {
    const { method, expect, signal } = options;
    const repeatable = options.repeatable ?? (method === 'GET' || method === 'HEAD');
    const budget = new RetryBudget(limits, this.transport);
    for (;;) {
      await this.#pacer.turn(signal);
      const outcome = await this.#try(options, repeatable);
      const isExpected = 'status' in outcome && (expect?.includes(outcome.status) ?? isSuccess(outcome.status));
      if (isExpected) return outcome;
      const waitMs = this.#waitAfter(outcome, repeatable, budget);
      if (waitMs === undefined) throw 'status' in outcome ? this.#errorOf(outcome) : outcome;
      await this.transport.clock.sleep(waitMs, signal);
    }
  }

  /** The body of a `requestText` by a schema. @throws HoldfastError `unsupported` that names the request and quotes the answer */
  parse<T>(answer: TextAnswer, schema: z.ZodType<T>, options: { readonly firstJsonOnly?: boolean } = {}): T {
    return parseAnswer(answer, schema, { ...options, redactor: this.#redactor });
  }

  /** The error for an answer whose body or meaning is not what it should be, for what a schema cannot say. */
  surprise(answer: TextAnswer, why: string): HoldfastError {
    return surprise(answer, why, this.#redactor);
  }

  /** Text of the server on one line, without credentials and control characters: for messages that quote fields of an answer. */
  line(text: string): string {
    return this.#redactor.line(text);
  }

  /** The credential as headers, for a URL of the base's own origin; none for any other. */
  credentialHeaders(url: URL): Readonly<Record<string, string>> {
    if (url.origin !== this.#base.origin) return {};
    const { header, value } = this.#options.credential();
    this.#redactor.add(value);
    return { [header.toLowerCase()]: value };
  }

  /** A URL that an answer holds, which may be relative to the base's origin. @throws HoldfastError `unsupported` */
  resolve(text: string): URL {
    if (URL.canParse(text, this.#base.href)) return new URL(text, this.#base.href);
    throw new HoldfastError('unsupported', `${this.#base.host} gave something as an address that is none.`);
  }

  /** One try: an answer of any status, or why there is none. Cancellation is thrown. */
  async #try(options: RequestOptions, repeatable: boolean): Promise<TextAnswer | HoldfastError> {
    const { method, path, query, signal } = options;
    const url = requestUrl(this.#base, path, query);
    const { type, body } = bodyOf(options);
    const headers = { ...options.headers, ...type, ...this.credentialHeaders(url) };
    try {
      const outgoing = { method, url, headers, repeatable, ...(body === undefined ? {} : { body }) };
      const { answer, url: answeredBy } = await sendFollowing(this.transport, outgoing, signal);
      if (answeredBy.origin === url.origin) this.#pacer.heard(answer.headers);
      const text = await readBody(answer, answeredBy, this.transport.clock);
      const redirectedTo = answeredBy.origin === url.origin ? {} : { redirectedTo: answeredBy.origin };
      const asked = { method, path: url.pathname, host: url.host, ...redirectedTo };
      return { status: answer.status, headers: answer.headers, text, asked };
    } catch (error) {
      signal.throwIfAborted();
      if (isHoldfastError(error)) return error;
      throw error;
    }
  }

  /** Milliseconds to wait before the next try; undefined when there is to be none. */
  #waitAfter(outcome: TextAnswer | HoldfastError, repeatable: boolean, budget: RetryBudget): number | undefined {
    if (!('status' in outcome)) {
      const isSafe = repeatable || outcome.context.requestSent === false;
      return outcome.retry === 'backoff' && isSafe ? budget.next() : undefined;
    }
    const { status } = outcome;
    const askedMs = this.#retryAfterMs(outcome);
    if (askedMs !== undefined && askedMs > longestRetryAfterMs) return undefined;
    const isTurnedAway =
      ((status === 429 || status === 503) && askedMs !== undefined) ||
      this.#options.isThrottled?.(errorAnswer(outcome, this.#redactor)) === true;
    const passes = [429, 502, 503, 504].includes(status);
    return isTurnedAway || (passes && repeatable) ? budget.next(askedMs) : undefined;
  }

  #retryAfterMs({ headers }: TextAnswer): number | undefined {
    const header = headers['retry-after'];
    return typeof header === 'string' ? retryAfterMs(header, this.transport.clock.now()) : undefined;
  }

  #errorOf(answer: TextAnswer): HoldfastError {
    if (isSuccess(answer.status)) return this.surprise(answer, `its status is ${answer.status}`);
    const told = this.#options.readError?.(errorAnswer(answer, this.#redactor));
    const error = told ?? statusError(answer, this.#redactor);
    const askedMs = this.#retryAfterMs(answer);
    const { code, message, retry, hint, fields } = error;
    const { status, asked } = answer;
    return new HoldfastError(code, this.#redactor.line(message), {
      retry,
      fields,
      ...(hint === undefined ? {} : { hint }),
      context: {
        status,
        method: asked.method,
        host: asked.host,
        ...error.context,
        ...(askedMs === undefined ? {} : { retryAfterSeconds: Math.ceil(askedMs / 1000) }),
      },
    });
  }
}

function bodyOf({ json, form }: RequestOptions): { readonly type?: Record<string, string>; readonly body?: string } {
  if (json !== undefined) return { type: { 'content-type': 'application/json' }, body: JSON.stringify(json) };
  if (form === undefined) return {};
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) fields.append(name, String(one));
  }
  return { type: { 'content-type': 'application/x-www-form-urlencoded' }, body: fields.toString() };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
