/** What S3 stores can do beyond the port's contract, and how they refuse, as the real Ceph does it. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backend, Handle } from '../../src/backend/backend.ts';
import { openS3Backend, type S3Options } from '../../src/backend/s3/s3-backend.ts';
import { handleFor, listed } from '../contract/backend-contract.ts';
import { type Ceph, startCeph } from '../support/ceph.ts';
import { s3Request } from '../support/s3-request.ts';
import { requireTool } from '../support/tools.ts';

const isMissing = requireTool('radosgw') === undefined;
const never = new AbortController().signal;
const config: Handle = { type: 'config', name: 'config' };

describe.skipIf(isMissing)('Ceph', () => {
  let ceph: Ceph;
  let count = 0;
  const opened: Backend[] = [];
  beforeAll(async () => {
    ceph = await startCeph();
  });
  afterAll(() => ceph[Symbol.asyncDispose]());
  afterEach(async () => {
    for (const backend of opened.splice(0)) await backend[Symbol.asyncDispose]();
  });

  const freshBucket = () => `bucket-${count++}`;
  const open = (rest: string, credentials: Readonly<Record<string, string>> = {}, options: S3Options = {}): Backend => {
    const backend = openS3Backend(
      rest,
      { location: `s3:${rest}`, credentials: { ...ceph.owner, ...credentials } },
      options,
    );
    opened.push(backend);
    return backend;
  };
  const made = async (credentials: Readonly<Record<string, string>> = {}, options: S3Options = {}) => {
    const bucket = freshBucket();
    const backend = open(`${ceph.url}/${bucket}/r`, credentials, options);
    await backend.create(never);
    return { backend, bucket };
  };
  const ask = (method: string, path: string, body?: string) => s3Request(ceph.url, ceph.owner, method, path, body);
  const saved = async (backend: Backend, type: Handle['type'] = 'data', bytes = randomBytes(1000)) => {
    const handle = handleFor(type, bytes);
    await backend.save(handle, bytes, never);
    return { handle, bytes };
  };

  describe('refuses in words', () => {
    it.each([
      ['an unknown access key', { accessKeyId: 'NOBODY' }, 'unauthenticated', 'the access key is not known there'],
      ['a wrong secret', { secretAccessKey: 'wrong' }, 'unauthenticated', 'the secret of the access key is wrong'],
    ])('%s', async (_, credentials, code, says) => {
      const { bucket } = await made();
      const backend = open(`${ceph.url}/${bucket}/r`, credentials);
      const error = { code, retry: 'never', message: expect.stringContaining(says) };
      await expect(backend.read(config, never)).rejects.toMatchObject(error);
      await expect(backend.stat(config, never)).rejects.toMatchObject(error);
      await expect(listed(backend, 'snapshot')).rejects.toMatchObject(error);
      await expect(backend.create(never)).rejects.toMatchObject(error);
      await expect(saved(backend)).rejects.toMatchObject(error);
    });

    it('a clock that is wrong, by how much', async () => {
      const { backend } = await made();
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 23 * 60_000 });
      try {
        const says = /the clock of this computer is off by 23 min \(it is fast\)/;
        await expect(listed(backend, 'snapshot')).rejects.toMatchObject({
          code: 'unauthenticated',
          message: expect.stringMatching(says),
        });
      } finally {
        vi.useRealTimers();
      }
    });

    it('a bucket that is not there', async () => {
      const backend = open(`${ceph.url}/no-such-bucket/r`);
      const error = { code: 'no-repository', message: expect.stringContaining('there is no bucket "no-such-bucket"') };
      await expect(backend.read(config, never)).rejects.toMatchObject(error);
      await expect(listed(backend, 'data')).rejects.toMatchObject(error);
    });

    it("somebody else's bucket", async () => {
      const { bucket } = await made();
      const backend = open(`${ceph.url}/${bucket}/r`, { ...ceph.stranger });
      const error = { code: 'permission', retry: 'never', message: expect.stringContaining('this access key may not') };
      await expect(backend.read(config, never)).rejects.toMatchObject(error);
      await expect(listed(backend, 'data')).rejects.toMatchObject(error);
      await expect(backend.create(never)).rejects.toMatchObject(error);
    });

    it('what is more than the quota', async () => {
      const backend = open(`${ceph.url}/${freshBucket()}/r`, { ...ceph.poor });
      await backend.create(never);
      await expect(saved(backend, 'data', randomBytes(200_000))).rejects.toMatchObject({
        code: 'no-space',
        retry: 'never',
      });
      expect(await listed(backend, 'data')).toEqual([]);
    });

    it('removals by a key that may only add', async () => {
      const { backend: owner, bucket } = await made();
      const { handle } = await saved(owner, 'snapshot');
      const lock = await saved(owner, 'lock');
      const statement = {
        Effect: 'Allow',
        Principal: { AWS: ['arn:aws:iam:::user/stranger'] },
        Action: ['s3:ListBucket', 's3:GetObject', 's3:PutObject'],
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      };
      const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
      expect((await ask('PUT', `/${bucket}?policy`, policy)).status).toBe(204);
      const backend = open(`${ceph.url}/${bucket}/r`, { ...ceph.stranger });
      await saved(backend);
      await expect(backend.remove(handle, never)).rejects.toMatchObject({ code: 'append-only' });
      await expect(backend.remove(lock.handle, never)).rejects.toMatchObject({ code: 'permission' });
      expect(await listed(backend, 'snapshot')).toHaveLength(1);
    });
  });

  describe('large files', () => {
    const bytes = randomBytes(40 * 2 ** 20);
    const uploads = async (bucket: string) =>
      (await ask('GET', `/${bucket}?uploads`)).text.match(/<UploadId>[^<]+/g) ?? [];

    it('go up in parts, and never over what is there', async () => {
      const { backend, bucket } = await made({}, { partsFromBytes: 2 ** 20 });
      const { handle } = await saved(backend, 'data', bytes);
      const sha256 = createHash('sha256')
        .update(await backend.read(handle, never))
        .digest('hex');
      expect(sha256).toBe(handle.name);
      const part = await backend.readRange(handle, { offset: 16 * 2 ** 20 - 5, length: 10 }, never);
      expect(Buffer.compare(part, bytes.subarray(16 * 2 ** 20 - 5, 16 * 2 ** 20 + 5))).toBe(0);
      expect(
        (await ask('HEAD', `/${bucket}/r/data/${handle.name.slice(0, 2)}/${handle.name}`)).headers.get('etag'),
      ).toContain('-3');
      await expect(backend.save(handle, bytes, never)).rejects.toMatchObject({ code: 'exists' });
      expect(await uploads(bucket)).toEqual([]);
    });

    it('leave nothing behind when they are stopped', async () => {
      const { backend, bucket } = await made({}, { partsFromBytes: 2 ** 20 });
      const stop = new AbortController();
      const saving = backend.save(handleFor('data', bytes), bytes, stop.signal);
      while ((await uploads(bucket)).length === 0);
      stop.abort(new Error('stopped'));
      await expect(saving).rejects.toThrow('stopped');
      expect(await uploads(bucket)).toEqual([]);
      expect(await listed(backend, 'data')).toEqual([]);
    });

    it('that a kill has left are taken back a day later; those of others are not', async () => {
      const { backend, bucket } = await made({}, { partsFromBytes: 2 ** 20 });
      const ours = `/${bucket}/r/data/ab/ab${'0'.repeat(62)}`;
      for (const path of [ours, `/${bucket}/r/of-others`, `/${bucket}/elsewhere/${'0'.repeat(64)}`]) {
        expect((await ask('POST', `${path}?uploads`)).status).toBe(200);
      }
      await saved(backend, 'data', bytes.subarray(0, 2 ** 20 + 1));
      expect(await uploads(bucket)).toHaveLength(3);
      const later = open(`${ceph.url}/${bucket}/r`, {}, { partsFromBytes: 2 ** 20 });
      const nowMs = Date.now();
      const date = vi.spyOn(Date, 'now').mockReturnValue(nowMs + 25 * 3_600_000);
      await saved(later, 'data', bytes.subarray(0, 2 ** 20 + 2));
      date.mockRestore();
      expect((await ask('GET', `/${bucket}?uploads`)).text).not.toContain(`ab${'0'.repeat(62)}`);
      expect(await uploads(bucket)).toHaveLength(2);
    });
  });

  it('lists more than a page, of many parts side by side', async () => {
    const { backend, bucket } = await made();
    const names = Array.from({ length: 1300 }, (_, n) => createHash('sha256').update(`${n}`).digest('hex'));
    const lanes = Array.from({ length: 16 }, async (_, lane) => {
      for (let n = lane; n < names.length; n += 16) {
        const name = names[n]!;
        await backend.save({ type: 'data', name }, Buffer.from('x'), never);
      }
    });
    await Promise.all(lanes);
    await ask('PUT', `/${bucket}/r/data/zz/stray%20%01%26key`, 'x');
    const found = (await listed(backend, 'data')).map(({ name }) => name);
    expect(found.toSorted()).toEqual(names.toSorted());
  });

  it('keeps what is locked, but for locks; and longer when it is told', async () => {
    const { backend, bucket } = await made({ retentionDays: '3' }, { partsFromBytes: 2 ** 20 });
    const { handle } = await saved(backend, 'snapshot');
    const large = await saved(backend, 'data', randomBytes(2 ** 20 + 9));
    const lock = await saved(backend, 'lock');
    const path = `/${bucket}/r/snapshots/${handle.name}`;
    const until = async (of = path) =>
      Date.parse(/<RetainUntilDate>([^<]+)/.exec((await ask('GET', `${of}?retention`)).text)?.[1] ?? '');
    const days = (count: number) => Date.now() + count * 24 * 3_600_000;
    expect(await until()).toBeGreaterThan(days(2.9));
    expect(await until()).toBeLessThan(days(3.1));
    expect(await until(`/${bucket}/r/data/${large.handle.name.slice(0, 2)}/${large.handle.name}`)).toBeGreaterThan(
      days(2.9),
    );
    expect(await until(`/${bucket}/r/locks/${lock.handle.name}`)).toBeNaN();
    await backend.remove(lock.handle, never);

    const version = (await ask('HEAD', path)).headers.get('x-amz-version-id');
    expect((await ask('DELETE', `${path}?versionId=${version}`)).status).toBe(403);
    const rest = `${ceph.url}/${bucket}/r`;
    const extend = (retentionDays: string, of: Handle = handle) =>
      open(rest, { retentionDays }).extendObjectLock?.(of, never);
    expect(await extend('5')).toBe(false); // more than half of it is left
    expect(await until()).toBeLessThan(days(3.1));
    expect(await extend('30')).toBe(true);
    expect(await until()).toBeGreaterThan(days(29.9));
    expect([await extend('30'), await extend('5')]).toEqual([false, false]);
    expect(await until()).toBeGreaterThan(days(29.9));
    expect(await extend('30', large.handle)).toBe(true);
    expect(open(rest).extendObjectLock).toBeUndefined();
    const unlocked = await saved(open(rest), 'key');
    expect(await until(`/${bucket}/r/keys/${unlocked.handle.name}`)).toBeNaN();
    expect(await extend('5', unlocked.handle)).toBe(true);
    expect(await until(`/${bucket}/r/keys/${unlocked.handle.name}`)).toBeGreaterThan(days(4.9));
    await expect(extend('30', handleFor('data', Buffer.from('gone')))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('without object lock in the bucket, says so', async () => {
    const { backend: plain, bucket } = await made();
    const backend = open(`${ceph.url}/${bucket}/r`, { retentionDays: '3' });
    await backend.create(never);
    await expect(saved(backend)).rejects.toMatchObject({
      code: 'invalid-input',
      hint: expect.stringContaining('object lock'),
    });
    const { handle } = await saved(plain);
    await expect(backend.extendObjectLock?.(handle, never)).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  it('encrypts with a key of its own, and with ours over https', async () => {
    const { backend, bucket } = await made({ sse: 'aws:kms', sseKmsKeyId: ceph.kmsKeyId });
    const { handle, bytes } = await saved(backend, 'index');
    expect(Buffer.from(await backend.read(handle, never))).toEqual(bytes);
    const head = await ask('HEAD', `/${bucket}/r/index/${handle.name}`);
    expect(head.headers.get('x-amz-server-side-encryption')).toBe('aws:kms');

    const rest = `${ceph.secureUrl}/${freshBucket()}/r`;
    const sseCustomerKey = randomBytes(32).toString('base64');
    const secret = open(rest, { caFile: ceph.caFile, sseCustomerKey }, { partsFromBytes: 2 ** 20 });
    await secret.create(never);
    for (const size of [1000, 2 ** 20 + 1]) {
      const file = await saved(secret, 'data', randomBytes(size));
      expect(await secret.stat(file.handle, never)).toEqual({ name: file.handle.name, sizeBytes: size });
      expect(Buffer.compare(await secret.read(file.handle, never), file.bytes)).toBe(0);
      expect(await secret.readRange(file.handle, { offset: -3, length: 3 }, never)).toHaveLength(3);
      await expect(open(rest, { caFile: ceph.caFile }).read(file.handle, never)).rejects.toMatchObject({
        code: 'invalid-input',
      });
    }
    await expect(open(rest).read(config, never)).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('not trusted'),
    });
  });
});
