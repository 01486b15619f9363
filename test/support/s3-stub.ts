/**
 * The wire of an S3 store, strictly: what the backend sends is checked as Amazon's documentation has it, and answered as different stores do. For
 * tests that Ceph is too good or too large for; whether the backend works with real stores, only real ones tell (test/ceph).
 *
 * Signatures are verified by an implementation of its own (AWS General Reference, "Create a signed AWS API request"): every x-amz-… header,
 * Content-MD5 and If-None-Match must be signed, and the body must be what its hash says.
 */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RawAnswer, sendRaw } from './raw-answer.ts';

export interface S3StubOptions {
  /** Of listings; default 1000. */
  readonly pageSize?: number;
  /** What it does with If-None-Match: default it keeps to it. */
  readonly conditions?: 'refused';
  /** Which ListObjects it knows: `first` answers the second version as the first, `refused` with 501. Default: both. */
  readonly listings?: 'first' | 'refused';
  /** Where its buckets are. Default us-east-1. */
  readonly region?: string;
  /** The bucket locks what comes, by a rule of its own. */
  readonly locksAll?: boolean;
  /** Buckets are the first label of hosts that end so. */
  readonly domain?: string;
}

export interface S3Stub extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  readonly user: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** By "bucket/key". */
  readonly objects: ReadonlyMap<string, Buffer>;
  /** Until when each is kept by object lock, in ms since 1970, by the same names; may be changed. */
  readonly keptUntilMs: Map<string, number>;
  /** "PUT /bucket/key?query" */
  readonly asked: readonly string[];
  /** Of the last request. */
  readonly headers: IncomingMessage['headers'];
  /** The next request whose line matches is answered so; `undefined`: never. */
  answerOnce(line: RegExp, answer: RawAnswer | undefined): void;
}

class Refusal extends Error {
  readonly answer: RawAnswer;

  constructor(status: number, code: string, message = '', more = '') {
    super(code);
    this.answer = s3Refusal(status, code, message, more);
  }
}

/** @param more elements of XML */
export function s3Refusal(status: number, code: string, message = '', more = ''): RawAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`;
  return { status, headers: { 'Content-Type': 'application/xml' }, body };
}

interface Asked {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const skewMs = 15 * 60_000;

export async function startS3Stub(options: S3StubOptions = {}): Promise<S3Stub> {
  const store = new Store(options);
  const server = createServer((request, response) => void store.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(store, {
    url: `http://127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

class Store {
  readonly user = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
  readonly objects = new Map<string, Buffer>();
  readonly keptUntilMs = new Map<string, number>();
  readonly asked: string[] = [];
  headers: IncomingMessage['headers'] = {};
  readonly #options: S3StubOptions;
  readonly #buckets = new Set<string>();
  readonly #uploads = new Map<string, Map<number, Buffer>>();
  readonly #planned: { readonly line: RegExp; readonly answer: RawAnswer | undefined }[] = [];

  constructor(options: S3StubOptions) {
    this.#options = options;
  }

  answerOnce(line: RegExp, answer: RawAnswer | undefined): void {
    this.#planned.push({ line, answer });
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method} ${request.url}`;
    this.asked.push(line);
    this.headers = request.headers;
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>).catch(() => []));
    const at = this.#planned.findIndex((planned) => planned.line.test(line));
    if (at >= 0) {
      const [planned] = this.#planned.splice(at, 1);
      if (planned?.answer !== undefined) await sendRaw(response, planned.answer);
      return;
    }
    try {
      this.#verify(request, body);
      await sendRaw(response, this.#answerTo(this.#read(request, body)));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const isHead = request.method === 'HEAD';
      await sendRaw(response, isHead ? { status: error.answer.status ?? 500 } : error.answer);
    }
  }

  #read(request: IncomingMessage, body: Buffer): Asked {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const { domain } = this.#options;
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const inHost = domain !== undefined && host.endsWith(`.${domain}`) ? host.split('.', 1)[0] : undefined;
    const [first = '', ...rest] = path.slice(1).split('/').map(decodeURIComponent);
    return {
      method: request.method ?? '',
      ...(inHost === undefined
        ? { bucket: first, key: rest.join('/') }
        : { bucket: inHost, key: [first, ...rest].join('/') }),
      query: new URLSearchParams(query),
      headers: request.headers,
      body,
    };
  }

  /** @throws Refusal for what is not signed as it must be */
  #verify(request: IncomingMessage, body: Buffer): void {
    const { headers } = request;
    const header = (name: string): string => [headers[name] ?? ''].flat().join(',').trim().replace(/ +/g, ' ');
    const match =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
        header('authorization'),
      );
    if (match === null) throw new Refusal(403, 'AccessDenied', 'not signed');
    const [, id, day = '', region = '', names = '', signature] = match;
    if (id !== this.user.accessKeyId) throw new Refusal(403, 'InvalidAccessKeyId');
    const expected = this.#options.region ?? 'us-east-1';
    if (region !== expected) {
      throw new Refusal(400, 'AuthorizationHeaderMalformed', 'the region is wrong', `<Region>${expected}</Region>`);
    }
    const date = header('x-amz-date');
    const time = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
    if (!date.startsWith(day) || !(Math.abs(time - Date.now()) < skewMs))
      throw new Refusal(403, 'RequestTimeTooSkewed');
    const signed = names.split(';');
    const mustBe = Object.keys(headers).filter((name) => /^(host|content-md5|if-none-match|x-amz-.*)$/.test(name));
    const missing = mustBe.filter((name) => !signed.includes(name));
    if (missing.length > 0) throw new Refusal(403, 'AccessDenied', `not signed: ${missing.join(' ')}`);
    const hash = header('x-amz-content-sha256');
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const canonical = [
      request.method,
      path.split('/').map(recoded).join('/'),
      query === ''
        ? ''
        : query
            .split('&')
            .map((pair) => pair.split('=').map(recoded))
            .map(([name = '', value = '']) => `${name}=${value}`)
            .sort()
            .join('&'),
      ...signed.map((name) => `${name}:${header(name)}`),
      '',
      names,
      hash,
    ].join('\n');
    const scope = `${day}/${region}/s3/aws4_request`;
    const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
    const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `AWS4${this.user.secretAccessKey}`,
    );
    if (createHmac('sha256', key).update(text).digest('hex') !== signature)
      throw new Refusal(403, 'SignatureDoesNotMatch');
    if (sha256(body) !== hash) throw new Refusal(400, 'XAmzContentSHA256Mismatch');
    const md5 = headers['content-md5'];
    if (md5 !== undefined && createHash('md5').update(body).digest('base64') !== md5)
      throw new Refusal(400, 'BadDigest');
  }

  #answerTo(asked: Asked): RawAnswer {
    const { method, bucket, key, query } = asked;
    if (key === '' && method === 'PUT') {
      this.#buckets.add(bucket);
      return { status: 200 };
    }
    if (!this.#buckets.has(bucket)) throw new Refusal(404, 'NoSuchBucket');
    if (key === '' && query.has('uploads')) return xml('<ListMultipartUploadsResult></ListMultipartUploadsResult>');
    if (key === '' && method === 'GET') return this.#list(asked);
    if (query.has('retention')) return this.#retention(asked);
    if (method === 'POST') return query.has('uploads') ? this.#begin() : this.#complete(asked);
    if (method === 'PUT') return query.has('uploadId') ? this.#part(asked) : this.#put(asked);
    if (method === 'DELETE') {
      if (!this.#uploads.delete(query.get('uploadId') ?? '')) this.objects.delete(`${bucket}/${key}`);
      return { status: 204 };
    }
    return this.#get(asked);
  }

  #put({ bucket, key, headers, body }: Asked): RawAnswer {
    const { conditions, locksAll } = this.#options;
    if (locksAll === true && headers['content-md5'] === undefined) {
      throw new Refusal(
        400,
        'InvalidRequest',
        'Content-MD5 HTTP header is required for Put Part requests with Object Lock',
      );
    }
    if (headers['if-none-match'] !== undefined) {
      if (conditions === 'refused') throw new Refusal(501, 'NotImplemented');
      if (this.objects.has(`${bucket}/${key}`)) throw new Refusal(412, 'PreconditionFailed');
    }
    this.objects.set(`${bucket}/${key}`, body);
    const until = headers['x-amz-object-lock-retain-until-date'];
    if (typeof until === 'string') this.keptUntilMs.set(`${bucket}/${key}`, Date.parse(until));
    return { status: 200 };
  }

  /** Such a bucket has versions, so that what is removed is only hidden. In mode GOVERNANCE: without a right of its own nobody makes that time shorter. */
  #retention({ method, bucket, key, headers, body }: Asked): RawAnswer {
    const name = `${bucket}/${key}`;
    if (!this.objects.has(name)) throw new Refusal(404, 'NoSuchKey');
    const keptUntilMs = this.keptUntilMs.get(name);
    if (method === 'GET') {
      if (keptUntilMs === undefined) throw new Refusal(404, 'NoSuchObjectLockConfiguration');
      const until = new Date(keptUntilMs).toISOString();
      return xml(`<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`);
    }
    if (headers['content-md5'] === undefined) throw new Refusal(400, 'InvalidRequest', 'Content-MD5 is missing');
    const until = /<Mode>GOVERNANCE<\/Mode><RetainUntilDate>([^<]+)<\/RetainUntilDate>/.exec(body.toString())?.[1];
    if (until === undefined) throw new Refusal(400, 'MalformedXML');
    if (Date.parse(until) < (keptUntilMs ?? 0)) throw new Refusal(403, 'AccessDenied');
    this.keptUntilMs.set(name, Date.parse(until));
    return { status: 200 };
  }

  #begin(): RawAnswer {
    const id = randomUUID();
    this.#uploads.set(id, new Map());
    return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
  }

  #part({ query, body }: Asked): RawAnswer {
    const upload = this.#uploads.get(query.get('uploadId') ?? '');
    if (upload === undefined) throw new Refusal(404, 'NoSuchUpload');
    upload.set(Number(query.get('partNumber')), body);
    return { status: 200, headers: { ETag: `"${sha256(body)}"` } };
  }

  #complete({ bucket, key, query, headers, body }: Asked): RawAnswer {
    const upload = this.#uploads.get(query.get('uploadId') ?? '');
    if (upload === undefined) throw new Refusal(404, 'NoSuchUpload');
    if (headers['if-none-match'] !== undefined && this.#options.conditions === 'refused')
      throw new Refusal(501, 'NotImplemented');
    const listed = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]+)<\/ETag>/g)];
    const parts = listed.map(([, number, tag]) => {
      const part = upload.get(Number(number));
      if (part === undefined || tag !== `&quot;${sha256(part)}&quot;`) throw new Refusal(400, 'InvalidPart');
      return part;
    });
    this.#uploads.delete(query.get('uploadId') ?? '');
    this.objects.set(`${bucket}/${key}`, Buffer.concat(parts));
    return xml('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>');
  }

  #get({ method, bucket, key, headers }: Asked): RawAnswer {
    const bytes = this.objects.get(`${bucket}/${key}`);
    if (bytes === undefined) throw new Refusal(404, 'NoSuchKey');
    if (method === 'HEAD') return { status: 200, headers: { 'Content-Length': String(bytes.length) } };
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
    if (range === null) return { status: 200, body: bytes };
    const [start, end] = [Number(range[1]), Math.min(Number(range[2]), bytes.length - 1)];
    if (start >= bytes.length) throw new Refusal(416, 'InvalidRange');
    return {
      status: 206,
      headers: { 'Content-Range': `bytes ${start}-${end}/${bytes.length}` },
      body: bytes.subarray(start, end + 1),
    };
  }

  #list({ bucket, query }: Asked): RawAnswer {
    const { listings, pageSize = 1000 } = this.#options;
    const isSecond = query.get('list-type') === '2';
    if (isSecond && listings === 'refused') throw new Refusal(501, 'NotImplemented');
    const asSecond = isSecond && listings === undefined;
    const prefix = query.get('prefix') ?? '';
    const token = query.get('continuation-token');
    const after = asSecond
      ? token === null
        ? (query.get('start-after') ?? '')
        : Buffer.from(token, 'base64url').toString()
      : (query.get('marker') ?? '');
    const keys = [...this.objects.keys()]
      .filter((name) => name.startsWith(`${bucket}/${prefix}`))
      .map((name) => name.slice(bucket.length + 1))
      .filter((key) => key > after)
      .sort();
    const page = keys.slice(0, Math.min(pageSize, Number(query.get('max-keys') ?? 1000)));
    const isTruncated = page.length < keys.length;
    const encoded = (key: string) =>
      query.get('encoding-type') === 'url'
        ? encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+')
        : key.replaceAll('&', '&amp;');
    const contents = page.map(
      (key) =>
        `<Contents><Key>${encoded(key)}</Key><Size>${this.objects.get(`${bucket}/${key}`)?.length}</Size></Contents>`,
    );
    const next =
      isTruncated && asSecond
        ? `<NextContinuationToken>${Buffer.from(page.at(-1) ?? '').toString('base64url')}</NextContinuationToken>`
        : '';
    return xml(
      [
        `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>${isTruncated}</IsTruncated>`,
        query.has('encoding-type') ? '<EncodingType>url</EncodingType>' : '',
        asSecond ? `<KeyCount>${page.length}</KeyCount>` : `<Marker>${encoded(after)}</Marker>`,
        ...contents,
        next,
        '</ListBucketResult>',
      ].join(''),
    );
  }
}

function xml(body: string): RawAnswer {
  return { headers: { 'Content-Type': 'application/xml' }, body: `<?xml version="1.0" encoding="UTF-8"?>${body}` };
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Decoded, and encoded as the signature wants it. */
function recoded(text: string): string {
  return encodeURIComponent(decodeURIComponent(text)).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
