/**
 * Signed requests to one bucket. Over our own HTTP connections (../http), which watch for stalls and keep the limits of bandwidth; signed by
 * `aws4` (Signature Version 4): synchronous, without dependencies, used by millions; Amazon's own client is 60 packages and slower, and
 * the lean ones are made for fetch, which can do neither.
 */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import type { BackendPlace } from '../backend.ts';
import type { Answer } from '../http/answer.ts';
import { bodyOf } from '../http/exchange.ts';
import { HttpConnection, type Question } from '../http/http-connection.ts';
import { readTlsSettings } from '../http/tls-settings.ts';
import { SharedLimits } from '../limits.ts';
import type { S3Location } from './location.ts';
import { findS3Credentials, type S3Credentials } from './s3-credentials.ts';
import { s3Error } from './s3-errors.ts';
import { parseError } from './s3-xml.ts';

export interface S3Request {
  readonly method: Question['method'];
  /** Whole; empty for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** For errors: "read data/0a…". */
  readonly doing: string;
}

export interface S3ClientOptions {
  readonly target: S3Location;
  readonly place: BackendPlace;
  readonly location: string;
  readonly atOnce: number;
  readonly stallMs: number;
  readonly connectMs: number;
}

export const usualRegion = 'us-east-1';
const nothingHash = hashOf(new Uint8Array(0));

export class S3Client implements AsyncDisposable {
  readonly #options: S3ClientOptions;
  readonly #connection: HttpConnection;
  #credentials: Promise<S3Credentials> | undefined;
  #region: string;

  constructor(options: S3ClientOptions) {
    const { target, place, atOnce, stallMs, connectMs } = options;
    this.#options = options;
    this.#region =
      place.credentials?.region ??
      process.env.AWS_DEFAULT_REGION ??
      process.env.AWS_REGION ??
      target.region ??
      usualRegion;
    this.#connection = new HttpConnection({
      url: target.url,
      tls: () => readTlsSettings(place.credentials),
      atOnce,
      limits: new SharedLimits(place.limits),
      stallMs,
      connectMs,
    });
  }

  /**
   * Asks, whatever the status. A bucket that says it lies in another region is asked again by that one.
   *
   * @throws what ../http throws; `invalid-input` where there is no access key
   */
  async ask(request: S3Request, signal: AbortSignal): Promise<Answer> {
    const answer = await this.#send(request, signal);
    const region = await namedRegion(answer);
    if (region === undefined || region === this.region) return answer;
    answer[Symbol.dispose]();
    this.#region = region;
    return await this.#send(request, signal);
  }

  /** The one that requests are signed for: what the user says, the bucket's address, or what the store has said meanwhile. */
  get region(): string {
    return this.#region;
  }

  /** The text of an answer of success. @throws what the store refuses, in words */
  async text(request: S3Request, signal: AbortSignal): Promise<string> {
    using answer = await this.ask(request, signal);
    if (!answer.isOk) throw await this.errorOf(answer, request, signal);
    return new TextDecoder().decode(await answer.allBytes());
  }

  /** What a refusal means. The answer to a HEAD has no words: the same is asked by GET. */
  async errorOf(answer: Answer, request: S3Request, signal: AbortSignal): Promise<Error> {
    const { target, location } = this.#options;
    const asked = { doing: request.doing, location, bucket: target.bucket, host: target.url.host };
    if (request.method === 'HEAD' && answer.status !== 404) {
      const again = { ...request, method: 'GET', headers: { ...request.headers, range: 'bytes=0-0' } } as const;
      using spoken = await this.ask(again, signal);
      if (!spoken.isOk) return s3Error(spoken, await spoken.shortText(), asked, new Date());
      // What was wrong is right by now: the region, or what the store was busy with.
      return new HoldfastError('io', `Cannot ${request.doing} at ${location}: the store had a problem.`, {
        retry: 'backoff',
        hint: 'Try again.',
      });
    }
    return s3Error(answer, await answer.shortText(), asked, new Date());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  async #send({ method, key, query = {}, headers = {}, body, doing }: S3Request, signal: AbortSignal): Promise<Answer> {
    const { url } = this.#options.target;
    const path = `${encodePath(key)}${queryText(query)}`;
    const signed = await this.#sign(method, `${url.pathname}${path}`, {
      ...headers,
      'x-amz-content-sha256': body === undefined ? nothingHash : hashOf(body),
    });
    return this.#connection.ask(
      { method, path, headers: signed, doing, ...(body === undefined ? {} : { body: bodyOf(body) }) },
      signal,
    );
  }

  async #sign(method: string, path: string, headers: Record<string, string>): Promise<Record<string, string>> {
    this.#credentials ??= findS3Credentials(this.#options.place.credentials ?? {});
    const credentials = await this.#credentials;
    const { default: aws4 } = await import('aws4');
    const request = { service: 's3', region: this.#region, method, path, host: this.#options.target.url.host, headers };
    return aws4.sign(request, credentials).headers as Record<string, string>; // what was given, and what it adds
  }
}

/** The region that the bucket is in, of an answer that says that it is not the one asked (Amazon S3 API Reference, "Error responses"). */
async function namedRegion(answer: Answer): Promise<string | undefined> {
  if (answer.status !== 301 && answer.status !== 400) return undefined;
  return answer.header('x-amz-bucket-region') ?? (await parseError(await answer.shortText()))?.region;
}

/** As Content-MD5 has it. */
export function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** As Signature Version 4 wants it (RFC 3986), slashes left alone. */
function encodePath(key: string): string {
  return key.split('/').map(encode).join('/');
}

function queryText(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
