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
  /** By address: Amazon has one for each region. */
  readonly #connections = new Map<string, HttpConnection>();
  #credentials: Promise<S3Credentials> | undefined;
  #region: string;

  constructor(options: S3ClientOptions) {
    const { target, place } = options;
    this.#options = options;
    this.#region =
      place.credentials?.region ??
      process.env.AWS_DEFAULT_REGION ??
      process.env.AWS_REGION ??
      target.region ??
      usualRegion;
  }

  /**
   * Asks, whatever the status. Where the answer says that the bucket lies in another region, that one is asked, from now on.
   *
   * @throws what ../http throws; `invalid-input` where there is no access key
   */
  async ask(request: S3Request, signal: AbortSignal): Promise<Answer> {
    const region = this.#region;
    const answer = await this.#send(request, region, signal);
    const named = await namedRegion(answer);
    if (named === undefined || named === region) return this.#ofStore(answer, request);
    answer[Symbol.dispose]();
    this.#region = named;
    return this.#ofStore(await this.#send(request, named, signal), request);
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
    for (const connection of this.#connections.values()) await connection[Symbol.asyncDispose]();
    this.#connections.clear();
  }

  /** Pages of success are of something in between, which wants a log-in: no store answers so, and nothing was done. */
  #ofStore(answer: Answer, request: S3Request): Answer {
    if (!answer.isOk || !answer.isPage) return answer;
    answer[Symbol.dispose]();
    throw new HoldfastError(
      'no-repository',
      `Cannot ${request.doing} at ${this.#options.location}: no S3 store is there, but a web page.`,
      { hint: 'Check the address (or log in first, if this network asks for it).' },
    );
  }

  async #send(request: S3Request, region: string, signal: AbortSignal): Promise<Answer> {
    const { method, key, query = {}, headers = {}, body, doing } = request;
    const url = regionalAddress(this.#options.target.url, region);
    const path = `${encodePath(key)}${queryText(query)}`;
    this.#credentials ??= findS3Credentials(this.#options.place.credentials ?? {});
    const credentials = await this.#credentials;
    const { default: aws4 } = await import('aws4');
    const hash = body === undefined ? nothingHash : hashOf(body);
    const unsigned = {
      service: 's3',
      region,
      method,
      path: `${url.pathname}${path}`,
      host: url.host,
      headers: { ...headers, 'x-amz-content-sha256': hash },
    };
    const signed = aws4.sign(unsigned, credentials).headers as Record<string, string>; // what was given, and what it adds
    const question = { method, path, headers: signed, doing, ...(body === undefined ? {} : { body: bodyOf(body) }) };
    return await this.#connectionTo(url).ask(question, signal);
  }

  #connectionTo(url: URL): HttpConnection {
    const { place, atOnce, stallMs, connectMs } = this.#options;
    let connection = this.#connections.get(url.href);
    if (connection === undefined) {
      const limits = new SharedLimits(place.limits);
      const tls = () => readTlsSettings(place.credentials);
      connection = new HttpConnection({ url, tls, atOnce, limits, stallMs, connectMs });
      this.#connections.set(url.href, connection);
    }
    return connection;
  }
}

/**
 * Amazon's address for all regions sends on to that of the region, in the first days of a bucket at least (Amazon S3 User Guide, "Making
 * requests using the REST API"): asked at once, where the region is known.
 */
function regionalAddress(url: URL, region: string): URL {
  if (region === usualRegion || !/(^|\.)s3\.amazonaws\.com$/.test(url.hostname)) return url;
  const regional = new URL(url);
  regional.hostname = url.hostname.replace(/s3\.amazonaws\.com$/, `s3.${region}.amazonaws.com`);
  return regional;
}

/** The region that the bucket is in, of an answer that says that it is not the one asked (Amazon S3 API Reference, "Error responses"). */
async function namedRegion(answer: Answer): Promise<string | undefined> {
  if (![301, 307, 400].includes(answer.status)) return undefined;
  const region = answer.header('x-amz-bucket-region') ?? (await parseError(await answer.shortText()))?.region;
  return region !== undefined && /^[a-z0-9-]{1,50}$/.test(region) ? region : undefined;
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
