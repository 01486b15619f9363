/** What the S3 backend makes of refusals, settings, and answers as they should not be. How it behaves with a real store: test/ceph. */
import { createHash, randomBytes } from 'node:crypto';
import dns from 'node:dns';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend, FileType, Handle } from '../../../../src/backend/backend.ts';
import { openS3Backend, type S3Options } from '../../../../src/backend/s3/s3-backend.ts';
import type { RawAnswer } from '../../../support/raw-answer.ts';
import { rawAnswers } from '../../../support/raw-answer.ts';
import { type S3Stub, type S3StubOptions, s3Refusal, startS3Stub } from '../../../support/s3-stub.ts';

const never = new AbortController().signal;
const config: Handle = { type: 'config', name: 'config' };
const bytes = Buffer.from('a file');
const named = (type: FileType, content = bytes): Handle => ({
  type,
  name: createHash('sha256').update(content).digest('hex'),
});

describe('the S3 backend', () => {
  const opened: AsyncDisposable[] = [];
  let stub: S3Stub;
  let backend: Backend;

  const start = async (options?: S3StubOptions): Promise<S3Stub> => {
    const started = await startS3Stub(options);
    opened.push(started);
    return started;
  };
  const open = (at: S3Stub, credentials: Readonly<Record<string, string>> = {}, options: S3Options = {}): Backend => {
    const rest = `${at.url}/bucket/r`;
    const place = { location: `s3:${rest}`, credentials: { ...at.user, ...credentials } };
    const made = openS3Backend(rest, place, { stallMs: 300, ...options });
    opened.push(made);
    return made;
  };
  beforeEach(async () => {
    stub = await start();
    backend = open(stub);
    await backend.create(never);
    await backend.save(config, bytes, never);
  });
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
  });

  describe('says of refusals', () => {
    const cases: readonly (readonly [RawAnswer, code: string, retry: string, says: RegExp])[] = [
      [s3Refusal(503, 'SlowDown'), 'too-many-requests', 'backoff', /asked too often/],
      [s3Refusal(503, 'ServiceUnavailable'), 'io', 'backoff', /busy/],
      [s3Refusal(500, 'InternalError', 'We encountered an error.'), 'io', 'backoff', /\(We encountered an error\)\.$/],
      [{ status: 502, headers: { 'Content-Type': 'text/html' }, body: '<html>' }, 'io', 'backoff', /status 502/],
      [{ status: 429 }, 'too-many-requests', 'backoff', /asked too often/],
      [s3Refusal(400, 'RequestTimeout'), 'timeout', 'backoff', /took too long/],
      [s3Refusal(400, 'ExpiredToken'), 'unauthenticated', 'never', /session has expired/],
      [s3Refusal(403, 'InvalidAccessKeyId'), 'unauthenticated', 'never', /access key is not known/],
      [s3Refusal(403, 'SignatureDoesNotMatch'), 'unauthenticated', 'never', /secret of the access key is wrong/],
      [s3Refusal(403, 'AccessDenied'), 'permission', 'never', /may not/],
      [s3Refusal(403, 'InvalidObjectState'), 'conflict', 'never', /archive/],
      [s3Refusal(404, 'NoSuchBucket'), 'no-repository', 'never', /no bucket "bucket"/],
      [
        s3Refusal(301, 'PermanentRedirect', '', '<Region>eu-west-3</Region>'),
        'invalid-input',
        'never',
        /another region, eu-west-3/,
      ],
      [rawAnswers.redirect('http://127.0.0.1/'), 'io', 'never', /not expected \(status 302\)/],
      [{ ...rawAnswers.html, status: 403 }, 'no-repository', 'never', /no S3 store is there/],
      [{ ...rawAnswers.html, status: 404 }, 'no-repository', 'never', /no S3 store is there/],
      [{ ...rawAnswers.truncated, headers: {} }, 'network', 'backoff', /connection broke/],
    ];
    it.each(cases)('%j', async (answer, code, retry, says) => {
      for (let again = 0; again < 2; again++) stub.answerOnce(/^GET \/bucket\/r\/config/, answer);
      await expect(backend.read(config, never)).rejects.toMatchObject({
        code,
        retry,
        message: expect.stringMatching(says),
      });
    });

    it('a HEAD, which has no words, by asking again', async () => {
      stub.answerOnce(/^HEAD/, { status: 403 });
      stub.answerOnce(/^GET/, s3Refusal(403, 'SignatureDoesNotMatch'));
      await expect(backend.stat(config, never)).rejects.toMatchObject({ code: 'unauthenticated' });
      stub.answerOnce(/^HEAD/, { status: 503 });
      await expect(backend.stat(config, never)).rejects.toMatchObject({ code: 'io', retry: 'backoff' });
    });

    it('a removal that is denied: append-only, but for a lock', async () => {
      for (let again = 0; again < 2; again++) stub.answerOnce(/^DELETE/, s3Refusal(403, 'AccessDenied'));
      await expect(backend.remove(named('snapshot'), never)).rejects.toMatchObject({ code: 'append-only' });
      await expect(backend.remove(named('lock'), never)).rejects.toMatchObject({ code: 'permission' });
    });

    it('a removal, where the bucket is gone or the file is', async () => {
      stub.answerOnce(/^DELETE/, s3Refusal(404, 'NoSuchBucket'));
      await expect(backend.remove(named('data'), never)).rejects.toMatchObject({ code: 'no-repository' });
      stub.answerOnce(/^DELETE/, s3Refusal(404, 'NoSuchKey'));
      await backend.remove(named('data'), never);
    });

    it('a web page of success: nothing was done', async () => {
      for (const method of [/^GET/, /^PUT/, /^DELETE/]) stub.answerOnce(method, rawAnswers.html);
      const error = { code: 'no-repository', message: expect.stringContaining('but a web page') };
      await expect(backend.read(config, never)).rejects.toMatchObject(error);
      await expect(backend.save(named('data'), bytes, never)).rejects.toMatchObject(error);
      await expect(backend.remove(config, never)).rejects.toMatchObject(error);
    });

    it('no secret, whatever is refused', async () => {
      const secret = open(stub, { secretAccessKey: 'canary', sessionToken: 'canary' });
      const error: unknown = await secret.read(config, never).catch((thrown: unknown) => thrown);
      expect(JSON.stringify(error)).not.toContain('canary');
      expect(error).toMatchObject({ code: 'unauthenticated' });
    });
  });

  describe('the region', () => {
    it('is the one that an answer names', async () => {
      const far = await start({ region: 'eu-west-3' });
      const there = open(far);
      await there.create(never);
      await there.save(named('data'), bytes, never);
      expect(Buffer.from(await there.read(named('data'), never))).toEqual(bytes);
      expect(far.asked.filter((line) => line.startsWith('PUT /bucket/r/data'))).toHaveLength(1);
      const another = open(far);
      await Promise.all([1, 2, 3, 4].map(() => another.read(named('data'), never)));
    });

    it('is given to a bucket that is made', async () => {
      const far = await start({ region: 'eu-west-3' });
      far.answerOnce(/^PUT/, { status: 200 });
      await open(far, { region: 'eu-west-3' }).create(never);
      expect(Number(far.headers['content-length'])).toBeGreaterThan(50);
    });
  });

  describe('named in the host', () => {
    /** Every name is that of this computer. */
    const lookup = () => {
      const local = (_: string, options: dns.LookupOptions, done: (...result: unknown[]) => void) =>
        options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
      return vi.spyOn(dns, 'lookup').mockImplementation(local as never); // the form of it that sockets use
    };
    const openAt = (rest: string, credentials: Readonly<Record<string, string>>): Backend => {
      const made = openS3Backend(rest, { location: `s3:${rest}`, credentials });
      opened.push(made);
      return made;
    };

    it('finds buckets where it is told to', async () => {
      const asked = lookup();
      const there = await start({ domain: 's3.test' });
      const inHost = openAt(`http://s3.test:${there.port}/bucket/r`, { ...there.user, bucketLookup: 'dns' });
      await inHost.create(never);
      await inHost.save(named('index'), bytes, never);
      expect([...there.objects.keys()]).toEqual([`bucket/r/index/${named('index').name}`]);
      expect(await Array.fromAsync(inHost.list('index', never))).toHaveLength(1);
      expect(asked.mock.calls.map(([host]) => host)).toContain('bucket.s3.test');
    });

    it("goes where Amazon's address for all regions sends it", async () => {
      lookup();
      const amazon = await start({ domain: 'amazonaws.com', region: 'eu-west-3' });
      const moved = { ...s3Refusal(307, 'TemporaryRedirect'), headers: { 'x-amz-bucket-region': 'eu-west-3' } };
      amazon.answerOnce(/^HEAD/, moved);
      const global = openAt(`http://s3.amazonaws.com:${amazon.port}/bucket/r`, { ...amazon.user });
      await global.create(never);
      const calls = Array.from({ length: 4 }, (_, n) => global.save(named('lock', Buffer.from(`${n}`)), bytes, never));
      await Promise.all(calls);
      expect(amazon.headers.host).toBe(`bucket.s3.eu-west-3.amazonaws.com:${amazon.port}`);
      expect(amazon.objects.size).toBe(4);
    });
  });

  describe('a listing that is not whole is an error', () => {
    const list = () => Array.fromAsync(backend.list('data', never));
    const page = (inside: string): RawAnswer => ({ body: `<ListBucketResult>${inside}</ListBucketResult>` });
    it.each([
      ['a page that is cut', { body: '<ListBucketResult><IsTruncated>false</IsTruncated>' }],
      ['nothing', { body: '' }],
      ['a web page', rawAnswers.html],
      ['another answer', { body: '<Error><Code>SlowDown</Code></Error>' }],
      ['no word of whether there is more', page('')],
      ['more, without a way to it', page('<IsTruncated>true</IsTruncated>')],
      ['a file without a size', page('<IsTruncated>false</IsTruncated><Contents><Key>r/data/x</Key></Contents>')],
      [
        'files of elsewhere',
        page('<IsTruncated>false</IsTruncated><Contents><Key>data/x</Key><Size>1</Size></Contents>'),
      ],
      [
        'entities',
        { body: '<!DOCTYPE x [<!ENTITY a "b">]><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>' },
      ],
    ])('%s', async (_, answer) => {
      stub.answerOnce(/list-type=2/, answer);
      const code = answer === rawAnswers.html ? 'no-repository' : 'io';
      await expect(list()).rejects.toMatchObject({ code });
    });

    it('the second page, too', async () => {
      const small = await start({ pageSize: 2 });
      const there = open(small);
      await there.create(never);
      for (const n of [1, 2, 3, 4, 5]) await there.save(named('data', Buffer.from(`${n}`)), Buffer.from(`${n}`), never);
      small.answerOnce(/start-after/, s3Refusal(503, 'SlowDown'));
      await expect(Array.fromAsync(there.list('data', never))).rejects.toMatchObject({ code: 'too-many-requests' });
      expect(await Array.fromAsync(there.list('data', never))).toHaveLength(5);
    });
  });

  it('a range that is another is an error', async () => {
    for (const contentRange of ['bytes 1-2/6', 'bytes 0-2/6', '', 'bytes 0-1/1']) {
      stub.answerOnce(/^GET/, { status: 206, headers: { 'Content-Range': contentRange }, body: 'xx' });
      await expect(backend.readRange(config, { offset: 0, length: 2 }, never)).rejects.toMatchObject({
        code: expect.stringMatching(/io|corrupt/),
      });
    }
    stub.answerOnce(/^GET/, { status: 200, body: 'whole!' });
    await expect(backend.readRange(config, { offset: 1, length: 2 }, never)).rejects.toMatchObject({ code: 'io' });
  });

  it('a store that says nothing: a stall, for uploads too', async () => {
    for (const line of [/^GET/, /^PUT/]) stub.answerOnce(line, undefined);
    await expect(backend.read(config, never)).rejects.toMatchObject({ code: 'timeout', retry: 'backoff' });
    await expect(backend.save(named('data'), bytes, never)).rejects.toMatchObject({
      code: 'timeout',
      retry: 'backoff',
    });
  });

  describe('what is sent with a file', () => {
    const sent = async (credentials: Readonly<Record<string, string>>, type: FileType) => {
      const there = open(stub, credentials);
      await there.save(named(type, Buffer.from(`${type} ${JSON.stringify(credentials)}`)), bytes, never);
      return Object.fromEntries(
        Object.entries(stub.headers).filter(([name]) => /^x-amz-(?!date|content)|md5/.test(name)),
      );
    };

    it('storage class: an archive holds packs only', async () => {
      expect(await sent({ storageClass: 'STANDARD_IA' }, 'index')).toEqual({ 'x-amz-storage-class': 'STANDARD_IA' });
      expect(await sent({ storageClass: 'DEEP_ARCHIVE' }, 'data')).toEqual({ 'x-amz-storage-class': 'DEEP_ARCHIVE' });
      for (const type of ['index', 'snapshot', 'lock', 'key'] as const)
        expect(await sent({ storageClass: 'GLACIER' }, type)).toEqual({});
    });

    it('encryption, and the session', async () => {
      expect(await sent({ sse: 'aws:kms', sseKmsKeyId: 'k', sessionToken: 'token' }, 'lock')).toEqual({
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'k',
        'x-amz-security-token': 'token',
      });
    });

    it('retention, with the MD5 that it wants; not for locks', async () => {
      const retention = { retentionDays: '30', retentionMode: 'COMPLIANCE' };
      for (const type of ['data', 'index', 'snapshot', 'key'] as const) {
        expect(await sent(retention, type)).toEqual({
          'x-amz-object-lock-mode': 'COMPLIANCE',
          'x-amz-object-lock-retain-until-date': expect.stringMatching(/^20\d\d-\d\d-\d\dT/),
          'content-md5': createHash('md5').update(bytes).digest('base64'),
        });
      }
      expect(await sent(retention, 'lock')).toEqual({});
    });

    it('an MD5 where the bucket wants one', async () => {
      const locking = await start({ locksAll: true });
      const there = open(locking);
      await there.create(never);
      for (const type of ['snapshot', 'index'] as const) await there.save(named(type), bytes, never);
      expect(locking.asked.filter((line) => line.startsWith('PUT /bucket/r'))).toHaveLength(3);
    });

    it.each([
      { retentionDays: '0' },
      { retentionDays: 'x' },
      { retentionMode: 'FOREVER' },
      { sse: 'rot13' },
      { sseCustomerKey: 'short' },
      { sseCustomerKey: randomBytes(32).toString('base64') }, // over http
      { bucketLookup: 'magic' },
      { bucketLookup: 'dns' }, // with an IP address
    ])('no settings that cannot be: %j', (credentials) => {
      expect(() => open(stub, credentials)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    });
  });

  describe('large files', () => {
    const large = randomBytes(33 * 2 ** 20);
    const parts = { partsFromBytes: 2 ** 20, stallMs: 30_000 };

    it.each([{}, { conditions: 'refused' } as const])('go up in parts: %j', async (options) => {
      const store = await start(options);
      const there = open(store, {}, parts);
      await there.create(never);
      await there.save(named('data', large), large, never);
      const puts = store.asked.filter((line) => line.includes('partNumber='));
      expect(puts).toHaveLength(3);
      expect(Buffer.compare(await there.read(named('data', large), never), large)).toBe(0);
      await expect(there.save(named('data', large), large, never)).rejects.toMatchObject({ code: 'exists' });
    });

    it.each([
      ['a part', /partNumber=2/, s3Refusal(500, 'InternalError')],
      ['the end', /^POST .*uploadId=/, s3Refusal(500, 'InternalError')],
      ['the end, after success was said', /^POST .*uploadId=/, { ...s3Refusal(200, 'InternalError') }],
    ])('are taken back when %s fails', async (_, line, answer) => {
      const there = open(stub, {}, parts);
      stub.answerOnce(line, answer);
      await expect(there.save(named('data', large), large, never)).rejects.toMatchObject({
        code: 'io',
        retry: 'backoff',
      });
      expect(stub.asked.at(-1)).toMatch(/^DELETE .*\?uploadId=/);
      expect(
        stub.objects.has(`bucket/r/data/${named('data', large).name.slice(0, 2)}/${named('data', large).name}`),
      ).toBe(false);
    });
  });
});
