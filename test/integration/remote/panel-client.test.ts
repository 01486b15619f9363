/** The client of panel against a strict server that knows the document only. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectRemote } from '../../../src/remote/connect.ts';
import { parseIgnored } from '../../../src/remote/dialects/panel/wire.ts';
import { downloadSegments } from '../../../src/remote/http/download.ts';
import type { Remote, RemoteBackup } from '../../../src/remote/remote.ts';
import { fixture } from '../../support/dialect-fixtures.ts';
import { type DialectStub, startDialectStub } from '../../support/dialect-stub.ts';
import { neverMs, PassingClock } from '../../support/passing-clock.ts';
import { rawAnswers } from '../../support/raw-answer.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();
const uuid = '123e4567-e89b-12d3-a456-426614174000';
const one = fixture('panel', 'backup').response.body as { object: string; attributes: Record<string, unknown> };

function connect(stub: Pick<DialectStub, 'url' | 'token'>): Remote {
  return connectRemote({
    dialect: 'panel',
    baseUrl: stub.url,
    scope: '1a2b3c4d',
    credential: stub.token,
    memory: { load: async () => undefined, save: async () => undefined },
    clock: new PassingClock(),
    timeouts: { connectMs: neverMs, headersMs: neverMs, stallMs: neverMs },
    random: () => 0.5,
    userAgent: 'holdfast test',
  });
}

async function rig() {
  const stub = await startDialectStub('panel', { withProduct: true });
  return {
    stub,
    remote: connect(stub),
    async [Symbol.asyncDispose]() {
      expect(stub.refused).toEqual([]);
      await stub[Symbol.asyncDispose]();
    },
  };
}
type Rig = Awaited<ReturnType<typeof rig>>;

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const listed = (remote: Remote) => Array.fromAsync(remote.list({}, signal));
const answer = (status: number, body: unknown) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const backup = (fields: object = {}) => ({ object: 'backup', attributes: { ...one.attributes, ...fields } });
const page = (data: object[], pagination: object = {}) => ({
  object: 'list',
  data,
  meta: {
    pagination: {
      total: data.length,
      count: data.length,
      per_page: 50,
      current_page: 1,
      total_pages: 1,
      links: {},
      ...pagination,
    },
  },
});
const errors = (status: number, detail: string) =>
  answer(status, { errors: [{ code: 'SomeException', status: String(status), detail }] });

/** What the list makes of a backup with these fields. */
async function got(r: Rig, fields: object): Promise<RemoteBackup> {
  r.stub.answerRaw(answer(200, page([backup(fields)])), { name: 'backup-list' });
  const [first] = await listed(r.remote);
  return first!;
}

/** Downloads a backup with these fields. */
async function downloaded(r: Rig, url: string, fields: object = {}): Promise<string> {
  await using folder = await temporaryFolder();
  r.stub.answerRaw(answer(200, backup({ bytes: null, ...fields })), { name: 'backup' });
  r.stub.answer('backup-download', { values: { 'attributes.url': url } });
  const { segments, transport, checksum, sizeBytes } = await r.remote.download(uuid, signal);
  const target = folder.at('archive');
  await downloadSegments({
    segments,
    transport,
    identity: 'x',
    target,
    signal,
    ...(checksum === undefined ? {} : { checksum }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
  });
  return readFileSync(target, 'utf8');
}

describe('panel', () => {
  it('lists the backups of a server', async () => {
    await using r = await rig();
    expect((await got(r, {})).id).toBe(uuid);
    expect(r.stub.requests[0]).toMatchObject({ method: 'GET', headers: { accept: 'application/json' } });
    expect(r.stub.requests[0]?.target).toMatch(/^\/api\/client\/servers\/1a2b3c4d\/backups\?/);
    expect(await r.remote.test(signal)).toBe('2 backups');
  });

  it('reads the list and its objects', async () => {
    await using r = await rig();
    expect(await got(r, {})).toEqual({
      id: uuid,
      state: 'done',
      name: 'backup-20210611',
      createdAt: '2023-06-11T12:34:56.000Z',
      completedAt: '2023-06-11T13:45:00.000Z',
      sizeBytes: 102_400,
      locked: false,
      ignoredFiles: [],
    });
  });

  it('keeps the uuid of each backup', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(200, page([backup({ uuid: 'a' }), backup({ uuid: 'b' })])), { name: 'backup-list' });
    expect((await listed(r.remote)).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('tells failed from running by is_successful and completed_at', async () => {
    await using r = await rig();
    expect((await got(r, { is_successful: false, completed_at: '2023-06-11T13:45:00Z' })).state).toBe('failed');
    expect((await got(r, { is_successful: false, completed_at: null })).state).toBe('running');
    expect((await got(r, { is_successful: true })).state).toBe('done');
    for (const fields of [
      { is_successful: null },
      { is_successful: undefined },
      { is_successful: false, completed_at: undefined },
    ]) {
      expect((await got(r, fields)).state).toBe('unknown');
    }
  });

  it('reads is_locked', async () => {
    await using r = await rig();
    expect((await got(r, { is_locked: true })).locked).toBe(true);
    expect('locked' in (await got(r, { is_locked: null }))).toBe(false);
  });

  it('reads the name', async () => {
    await using r = await rig();
    expect((await got(r, { name: 'Größe' })).name).toBe('Größe');
  });

  it('reads ignored_files', async () => {
    await using r = await rig();
    expect((await got(r, { ignored_files: ['*.log', '!keep.log'] })).ignoredFiles).toEqual(['*.log', '!keep.log']);
    expect((await got(r, { ignored_files: '*.log\n!keep.log' })).ignoredFiles).toEqual(['*.log', '!keep.log']);
  });

  it('checks a download against sha1 and sha256 checksums', async () => {
    await using r = await rig();
    for (const algorithm of ['sha1', 'sha256']) {
      const hex = createHash(algorithm).update('the archive').digest('hex');
      const url = () => r.stub.download({ status: 200, headers: {}, body: 'the archive' });
      expect(await downloaded(r, url(), { checksum: `${algorithm}:${hex}` })).toBe('the archive');
      const wrong = `${algorithm}:${hex.replace(/^./, (first) => (first === '0' ? '1' : '0'))}`;
      expect(await failure(downloaded(r, url(), { checksum: wrong }))).toMatchObject({ code: 'corrupt' });
    }
    expect('checksum' in (await got(r, { checksum: 'md5:00' }))).toBe(false);
  });

  it('reads bytes', async () => {
    await using r = await rig();
    expect((await got(r, { bytes: 7 })).sizeBytes).toBe(7);
    expect('sizeBytes' in (await got(r, { bytes: 0, completed_at: null }))).toBe(false);
  });

  it('reads created_at', async () => {
    await using r = await rig();
    expect((await got(r, { created_at: '2024-01-02T03:04:05+02:00' })).createdAt).toBe('2024-01-02T01:04:05.000Z');
    expect('createdAt' in (await got(r, { created_at: 'soon' }))).toBe(false);
  });

  it('takes a backup without completed_at as running', async () => {
    await using r = await rig();
    expect((await got(r, { completed_at: null, is_successful: true })).state).toBe('running');
    r.stub.answerRaw(answer(200, backup({ completed_at: null })), { name: 'backup', times: 2 });
    const seen: string[] = [];
    const ended = await r.remote.wait(uuid, { onChange: ({ state }) => seen.push(state), signal });
    expect([ended.state, seen]).toEqual(['done', ['running', 'done']]);
  });

  it('reads every page of the list', async () => {
    await using r = await rig();
    const both = { total: 2, total_pages: 2 };
    r.stub.answerRaw(answer(200, page([backup({ uuid: 'a' })], both)), { name: 'backup-list' });
    r.stub.answerRaw(answer(200, page([backup({ uuid: 'b' })], { ...both, current_page: 2 })), { name: 'backup-list' });
    expect((await listed(r.remote)).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(r.stub.requests.map(({ target }) => target.split('?')[1])).toEqual([
      'page=1&per_page=50',
      'page=2&per_page=50',
    ]);
  });

  it('never takes a failed or cut listing for a whole one', async () => {
    await using r = await rig();
    // The document's own example says two, and shows one.
    expect(await failure(listed(r.remote))).toMatchObject({ code: 'conflict', retry: 'backoff' });
    r.stub.answerRaw(answer(200, page([backup({ uuid: 'a' })], { total: 2, total_pages: 2 })), { name: 'backup-list' });
    r.stub.answerRaw(answer(500, {}), { name: 'backup-list' });
    expect(await failure(listed(r.remote))).toMatchObject({ code: 'io' });
    for (const odd of [rawAnswers.empty, rawAnswers.html, rawAnswers.garbage]) {
      r.stub.answerRaw(odd);
      expect(await failure(listed(r.remote))).toMatchObject({ code: 'unsupported' });
    }
  });

  it('reads one backup', async () => {
    await using r = await rig();
    expect(await r.remote.get(uuid, signal)).toMatchObject({ id: uuid, state: 'done' });
    expect(r.stub.requests[0]?.target).toBe(`/api/client/servers/1a2b3c4d/backups/${uuid}`);
    r.stub.answerRaw(errors(404, 'The requested resource could not be found.'));
    expect(await failure(r.remote.get(uuid, signal))).toMatchObject({ code: 'not-found' });
  });

  it('downloads by a link that it uses once', async () => {
    await using r = await rig();
    const broken = r.stub.download({ status: 403, headers: {}, body: '' });
    r.stub.answer('backup-download', { values: { 'attributes.url': broken } });
    const good = r.stub.download({ status: 200, headers: {}, body: 'all' });
    r.stub.answerRaw(answer(200, backup({ bytes: null })), { name: 'backup' });
    const { segments } = await r.remote.download(uuid, signal);
    r.stub.answer('backup-download', { values: { 'attributes.url': good } });
    const links = [await segments[0]!.open(0, signal), await segments[0]!.open(0, signal)].map(({ url }) =>
      String(url),
    );
    expect(links).toEqual([broken, good]);
  });

  it('reads the signed_url, and sends it no credential', async () => {
    await using r = await rig();
    const url = r.stub.download({ status: 200, headers: {}, body: 'all' });
    expect(await downloaded(r, url)).toBe('all');
    const fetched = r.stub.requests.filter(({ target }) => url.endsWith(target));
    expect(fetched.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('tells of an unknown disk driver type', async () => {
    await using r = await rig();
    r.stub.answer('backup-download-unknown-disk');
    expect(await failure(r.remote.download(uuid, signal))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Unknown disk driver type'),
    });
    r.stub.answerRaw(answer(200, backup({ completed_at: null })), { name: 'backup' });
    expect(await failure(r.remote.download(uuid, signal))).toMatchObject({ code: 'conflict' });
  });

  /** Creates; gives what was sent. */
  async function created(r: Rig, order: Parameters<Remote['create']>[0]): Promise<Record<string, unknown>> {
    r.stub.answerRaw(answer(200, backup({ completed_at: null, is_successful: false })), { name: 'backup-create' });
    expect(await r.remote.create(order, signal)).toMatchObject([{ id: uuid, state: 'running' }]);
    const posts = r.stub.requests.filter(({ method }) => method === 'POST');
    expect(posts).toHaveLength(1);
    return JSON.parse(String(posts[0]!.body)) as Record<string, unknown>;
  }

  it('creates a backup', async () => {
    await using r = await rig();
    await created(r, {});
    expect(r.stub.requests[0]?.target).toBe('/api/client/servers/1a2b3c4d/backups');
    r.stub.answerRaw(errors(400, 'This server has reached its limit of backups.'));
    expect(await failure(r.remote.create({}, signal))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('limit'),
    });
  });

  it('always sends a name', async () => {
    await using r = await rig();
    expect((await created(r, {})).name).toMatch(/^Backup at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    await using other = await rig();
    expect(await created(other, { name: 'mine' })).toEqual({ name: 'mine' });
  });

  it('sends ignored files', async () => {
    await using r = await rig();
    const orders = [['*.log', '!keep.log'], ['x,y.txt'], ['*.log'], ['a b', '# no, comment', '/c,d']];
    for (const ignored of orders) {
      await using other = await rig();
      expect(parseIgnored(String((await created(other, { ignored })).ignored))).toEqual(ignored);
    }
    expect((await created(r, { ignored: ['*.log', '!keep.log'] })).ignored).toBe('*.log\n!keep.log');
  });

  it('creates a locked backup', async () => {
    await using r = await rig();
    expect((await created(r, { locked: true })).is_locked).toBe(true);
  });

  it('reads the created backup of a 200', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(200, backup({ name: 'new' })), { name: 'backup-create' });
    expect(await r.remote.create({ name: 'new' }, signal)).toMatchObject([{ name: 'new' }]);
  });

  it('locks only what is not locked', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(200, backup({ is_locked: true })), { name: 'backup-lock' });
    expect((await r.remote.setLocked(uuid, true, signal)).locked).toBe(true);
    expect((await r.remote.setLocked(uuid, false, signal)).locked).toBe(false);
    expect(r.stub.requests.filter(({ method }) => method === 'POST').map(({ target }) => target)).toEqual([
      `/api/client/servers/1a2b3c4d/backups/${uuid}/lock`,
    ]);
  });

  it('locks also where somebody else toggled meanwhile, and tells where that did not help', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(200, backup({ is_locked: false })), { name: 'backup-lock' });
    r.stub.answerRaw(answer(200, backup({ is_locked: true })), { name: 'backup-lock' });
    expect((await r.remote.setLocked(uuid, true, signal)).locked).toBe(true);
    r.stub.answerRaw(answer(200, backup({ is_locked: false })), { name: 'backup-lock', times: 2 });
    expect(await failure(r.remote.setLocked(uuid, true, signal))).toMatchObject({ code: 'conflict' });
  });

  it('reads the locked backup of a 200', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(200, backup({ is_locked: true, name: 'now locked' })), { name: 'backup-lock' });
    expect(await r.remote.setLocked(uuid, true, signal)).toMatchObject({ locked: true, name: 'now locked' });
  });

  it('restores a backup', async () => {
    await using r = await rig();
    expect(await r.remote.restore(uuid, {}, signal)).toEqual({ backupId: uuid });
    expect(r.stub.requests[0]).toMatchObject({
      method: 'POST',
      target: `/api/client/servers/1a2b3c4d/backups/${uuid}/restore`,
    });
  });

  it('sends truncate as a boolean', async () => {
    await using r = await rig();
    for (const truncate of [true, false]) {
      await r.remote.restore(uuid, { truncate }, signal);
      expect(JSON.parse(String(r.stub.requests.at(-1)!.body))).toEqual({ truncate });
    }
  });

  it('takes 204 as begun, and waits while the server restores', async () => {
    await using r = await rig();
    const restore = await r.remote.restore(uuid, {}, signal);
    r.stub.answerRaw(errors(409, 'restoring'), { name: 'backup' });
    expect(await r.remote.restoreStatus(restore, signal)).toEqual({ state: 'running' });
    expect(await r.remote.restoreStatus(restore, signal)).toEqual({ state: 'done' });
    // The server is busy for a while, or for long, or for another reason.
    r.stub.answerRaw(errors(409, 'restoring'), { name: 'backup', times: 2 });
    expect((await r.remote.get(uuid, signal)).state).toBe('done');
    r.stub.answerRaw(errors(409, 'restoring'), { name: 'backup-create', times: 2 });
    expect(await r.remote.create({}, signal)).toHaveLength(1);
    r.stub.answerRaw(errors(409, 'restoring'), { name: 'backup', times: 4 });
    expect(await failure(r.remote.get(uuid, signal))).toMatchObject({ code: 'conflict', retry: 'backoff' });
    r.stub.answerRaw(errors(409, 'restoring'), { name: 'backup', times: 50 });
    expect((await r.remote.wait(uuid, { signal })).state).toBe('done');
    expect(r.stub.unused()).toBe(0);
    const asked = r.stub.requests.length;
    r.stub.answerRaw(errors(409, 'This server is currently suspended.'), { name: 'backup' });
    expect(await failure(r.remote.get(uuid, signal))).toMatchObject({ code: 'conflict' });
    expect(r.stub.requests.length).toBe(asked + 1);
  });

  it('tells that a backup cannot be restored', async () => {
    await using r = await rig();
    r.stub.answer('backup-restore-impossible');
    expect(await failure(r.remote.restore(uuid, {}, signal))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('This backup cannot be restored'),
    });
  });

  it('deletes a backup', async () => {
    await using r = await rig();
    await r.remote.delete(uuid, signal);
    expect(r.stub.requests[0]).toMatchObject({
      method: 'DELETE',
      target: `/api/client/servers/1a2b3c4d/backups/${uuid}`,
    });
  });

  it('takes 204 as deleted', async () => {
    await using r = await rig();
    expect(await r.remote.delete(uuid, signal)).toBeUndefined();
    r.stub.answerRaw(errors(400, 'This backup is locked.'));
    expect(await failure(r.remote.delete(uuid, signal))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('locked'),
    });
  });

  it('tells a wrong key from a missing permission', async () => {
    await using r = await rig();
    r.stub.answerRaw(errors(401, 'Unauthenticated.'));
    expect(await failure(r.remote.get(uuid, signal))).toMatchObject({
      code: 'unauthenticated',
      hint: expect.stringContaining('API key'),
    });
    r.stub.answerRaw(errors(403, 'This action is unauthorized.'));
    expect(await failure(r.remote.get(uuid, signal))).toMatchObject({ code: 'permission' });
    r.stub.answerRaw(errors(422, 'The name may not be longer.'));
    expect(await failure(r.remote.create({}, signal))).toMatchObject({ code: 'invalid-input' });
    const both = ['The name must be a string.', 'The ignored must be a string.'].map((detail) => ({ detail }));
    r.stub.answerRaw(answer(422, { errors: both }));
    expect(await failure(r.remote.create({}, signal))).toMatchObject({
      code: 'invalid-input',
      message: 'The remote refuses the request: The name must be a string. The ignored must be a string.',
    });
  });

  it('gives an error, and never hangs, whatever comes as a body', async () => {
    await using r = await rig();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (body) => {
        r.stub.answerRaw({ status: 200, headers: { 'content-type': 'application/json' }, body });
        const code = await listed(r.remote).catch((error: { code: string }) => error.code);
        expect(['unsupported', 'conflict']).toContain(code);
      }),
      { numRuns: 50 },
    );
  });
});
