/** The client of stacks against a strict server that knows the document only. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectRemote } from '../../../src/remote/connect.ts';
import { downloadSegments } from '../../../src/remote/http/download.ts';
import type { Remote, RemoteBackup } from '../../../src/remote/remote.ts';
import { fixture } from '../../support/dialect-fixtures.ts';
import { type DialectStub, startDialectStub } from '../../support/dialect-stub.ts';
import { neverMs, PassingClock } from '../../support/passing-clock.ts';
import { rawAnswers } from '../../support/raw-answer.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();
const uid = '5999b763474b0eafa5fafb64bff0ba80';
const list = fixture('stacks', 'backup-list').response.body as { response: Record<string, unknown>[] };

function connect(stub: Pick<DialectStub, 'url' | 'token'>, clock = new PassingClock()): Remote {
  return connectRemote({
    dialect: 'stacks',
    baseUrl: stub.url,
    scope: uid,
    credential: stub.token,
    memory: { load: async () => undefined, save: async () => undefined },
    clock,
    timeouts: { connectMs: neverMs, headersMs: neverMs, stallMs: neverMs },
    random: () => 0.5,
    userAgent: 'holdfast test',
  });
}

async function rig() {
  const stub = await startDialectStub('stacks', { withProduct: true });
  const clock = new PassingClock();
  return {
    stub,
    clock,
    remote: connect(stub, clock),
    async [Symbol.asyncDispose]() {
      expect(stub.refused).toEqual([]);
      await stub[Symbol.asyncDispose]();
    },
  };
}

type Rig = Awaited<ReturnType<typeof rig>>;

const listed = (remote: Remote, options = {}) => Array.fromAsync(remote.list(options, signal));
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const answer = (status: number, body: unknown, headers = {}) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const page = (rows: object[], pagination: object = {}) => ({
  response: rows,
  count: rows.length,
  pagination: { previous: null, next: null, current: 1, per_page: 30, count: rows.length, pages: 1, ...pagination },
});
const backup = (fields: object = {}) => ({ ...list.response[0], ...fields });

/** What `get` makes of a backup with these fields, and files or none. */
async function got(
  r: Rig,
  fields: object,
  files: object[] = [{ id: 'tar', name: 'test_db_11.tar' }],
): Promise<RemoteBackup> {
  r.stub.answerRaw(answer(200, { response: backup(fields) }), { name: 'backup' });
  r.stub.answerRaw(answer(200, page(files)), { name: 'backup-files' });
  const found = await r.remote.get('1', signal);
  if (found.state === 'failed') await fetchQueuedFiles(r);
  return found;
}

/** A failed one's files are not asked for: what was queued for them is used up. */
async function fetchQueuedFiles(r: Rig): Promise<void> {
  await r.remote.files('1', signal);
}

describe('stacks', () => {
  it('lists the backups of a stack', async () => {
    await using r = await rig();
    expect((await listed(r.remote)).map(({ id }) => id)).toEqual(['4', '1']);
    expect(await r.remote.test(signal)).toBe('2 backups');
  });

  it('reads the list and its objects', async () => {
    await using r = await rig();
    expect((await listed(r.remote))[0]).toEqual({
      id: '4',
      state: 'unknown',
      name: 'mysql test-db',
      source: 'mysql test-db',
      createdAt: '2014-09-01T19:00:33.000Z',
      verify: { state: 'not-verified' },
    });
  });

  it('slows before X-RateLimit-Remaining is 0', async () => {
    await using r = await rig();
    const headers = { 'x-ratelimit-limit': '3600', 'x-ratelimit-remaining': '3' };
    r.stub.answerRaw(answer(200, page([]), headers), { times: 3 });
    for (let n = 0; n < 3; n++) await listed(r.remote);
    expect(Math.max(...r.clock.slept.filter((ms) => ms < neverMs))).toBeGreaterThan(1000);
    r.stub.answerRaw(answer(503, { error: 'throttled', error_description: 'throttled', details: '' }));
    expect(await listed(r.remote)).toHaveLength(2);
  });

  it('takes 200 with JSON only', async () => {
    await using r = await rig();
    for (const odd of [rawAnswers.html, rawAnswers.garbage, rawAnswers.empty]) {
      r.stub.answerRaw(odd);
      expect(await failure(listed(r.remote))).toMatchObject({ code: 'unsupported' });
    }
  });

  it('keeps the id of each backup', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(200, page([backup({ id: 41 }), backup({ id: 7 })])));
    expect((await listed(r.remote)).map(({ id }) => id)).toEqual(['41', '7']);
  });

  it('reads server_uid', async () => {
    // Nothing of ours depends on it: it may be absent.
    await using r = await rig();
    expect((await got(r, { server_uid: null })).state).toBe('done');
  });

  it('reads db_type', async () => {
    await using r = await rig();
    expect((await got(r, { db_type: 'redis', database_name: null })).source).toBe('redis');
  });

  it('reads database_name', async () => {
    await using r = await rig();
    expect((await got(r, { database_name: 'shop' })).name).toBe('mysql shop');
  });

  it('reads file_base', async () => {
    await using r = await rig();
    expect((await got(r, { file_base: 'x' })).state).toBe('done');
  });

  it('reads backup_date_iso', async () => {
    await using r = await rig();
    expect(await got(r, { created_at_iso: null, backup_date_iso: '2020-01-02T03:04:05Z' })).toMatchObject({
      createdAt: '2020-01-02T03:04:05.000Z',
    });
  });

  it('tells done from running and failed by status, result and files', async () => {
    await using r = await rig();
    expect((await got(r, {})).state).toBe('done');
    expect((await got(r, {}, [])).state).toBe('running');
    expect(await got(r, { backup_status: 1, backup_result: 'disk full' }, [])).toMatchObject({
      state: 'failed',
      error: 'disk full',
    });
  });

  it('reads every restore_status', async () => {
    await using r = await rig();
    expect('restore' in (await got(r, { restore_status: 0 }))).toBe(false);
    expect((await got(r, { restore_status: 1 })).restore).toEqual({ state: 'running' });
    expect((await got(r, { restore_status: 2 })).restore).toEqual({ state: 'done' });
    expect((await got(r, { restore_status: 3, restore_result: 'why' })).restore).toEqual({
      state: 'failed',
      message: 'why',
    });
    expect('restore' in (await got(r, { restore_status: 9 }))).toBe(false);
  });

  it('reads created_at_iso and updated_at_iso', async () => {
    await using r = await rig();
    expect((await got(r, { created_at_iso: '2020-01-02T03:04:05Z', updated_at_iso: null })).createdAt).toBe(
      '2020-01-02T03:04:05.000Z',
    );
    expect('createdAt' in (await got(r, { created_at_iso: 'soon', backup_date_iso: null }))).toBe(false);
  });

  it('reads every verify_status', async () => {
    await using r = await rig();
    const states = ['not-verified', 'verifying', 'verified', 'failed', 'unable'];
    for (const [status, state] of states.entries()) {
      expect((await got(r, { verify_status: status })).verify).toEqual({ state });
    }
    expect((await got(r, { verify_status: 3, verify_result: 'damaged' })).verify).toEqual({
      state: 'failed',
      message: 'damaged',
    });
  });

  it('reads storage_path', async () => {
    await using r = await rig();
    expect((await got(r, { storage_path: null })).state).toBe('done');
  });

  it('reads skip_tables and backup_size', async () => {
    await using r = await rig();
    expect((await got(r, { backup_size: 4096, skip_tables: 'a,b' })).sizeBytes).toBe(4096);
    expect('sizeBytes' in (await got(r, { backup_size: 0 }))).toBe(false);
  });

  it('reads every page until next is null', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(200, page([backup({ id: 3 })], { next: 2, count: 2 })));
    r.stub.answerRaw(answer(200, page([backup({ id: 2 })], { previous: 1, current: 2, count: 2 })));
    expect((await listed(r.remote)).map(({ id }) => id)).toEqual(['3', '2']);
    // A page that is none, and one that leads nowhere.
    r.stub.answerRaw(answer(200, page([backup({ id: 3 })], { next: 2, count: 2 })));
    r.stub.answerRaw(answer(200, page([], { next: 1, count: 2 })));
    expect(await failure(listed(r.remote))).toMatchObject({ code: 'conflict' });
    r.stub.answerRaw(answer(200, page([backup({ id: 3 })], { next: 2, count: 2 })));
    r.stub.answerRaw(answer(500, {}), { times: 10 });
    expect(await failure(listed(r.remote))).toMatchObject({ code: 'io' });
  });

  it('tells that the scope public is missing', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(403, { error: 'insufficient_scope', error_description: 'no public', details: '' }));
    expect(await failure(listed(r.remote))).toMatchObject({
      code: 'permission',
      hint: expect.stringContaining('scope public'),
    });
    r.stub.answerRaw(answer(401, { error: 'unauthorized', error_description: 'revoked', details: '' }));
    expect(await failure(listed(r.remote))).toMatchObject({ code: 'unauthenticated' });
  });

  it('puts the stack’s UID into the path', async () => {
    await using r = await rig();
    await listed(r.remote);
    expect(r.stub.requests[0]?.target).toBe(`/stacks/${uid}/backups?page=1`);
    expect(() =>
      connectRemote({ ...({} as Parameters<typeof connectRemote>[0]), dialect: 'stacks', baseUrl: r.stub.url }),
    ).toThrow(/stack/);
  });

  it('filters the list by group', async () => {
    await using r = await rig();
    await listed(r.remote, { group: '15' });
    expect(r.stub.requests[0]?.target).toContain('group=15');
  });

  it('filters the list by db_type', async () => {
    await using r = await rig();
    await listed(r.remote, { databaseType: 'mysql' });
    expect(r.stub.requests[0]?.target).toContain('db_type=mysql');
  });

  it('reads one backup', async () => {
    await using r = await rig();
    expect(await r.remote.get('1', signal)).toMatchObject({ id: '1', name: 'mysql shab-test-db', state: 'done' });
  });

  it('puts the id into the path', async () => {
    await using r = await rig();
    await r.remote.get('1', signal);
    expect(r.stub.requests[0]?.target).toBe(`/stacks/${uid}/backups/1`);
  });

  /** Creates while the list has one more afterwards; gives the query that was sent. */
  async function created(r: Rig, order: Parameters<Remote['create']>[0]): Promise<URLSearchParams> {
    r.stub.answerRaw(answer(200, page([backup({ id: 1 })])), { name: 'backup-list' });
    r.stub.answerRaw(answer(200, page([backup({ id: 1 })])), { name: 'backup-list' });
    r.stub.answerRaw(answer(200, page([backup({ id: 2 }), backup({ id: 1 })])), { name: 'backup-list', times: 2 });
    expect((await r.remote.create(order, signal)).map(({ id, state }) => [id, state])).toEqual([['2', 'running']]);
    const posts = r.stub.requests.filter(({ method }) => method === 'POST');
    expect(posts).toHaveLength(1);
    return new URL(posts[0]!.target, r.stub.url).searchParams;
  }

  it('creates a backup, and finds it by the difference of two lists', async () => {
    await using r = await rig();
    expect(Object.fromEntries(await created(r, {}))).toEqual({ db_type: 'all' });
  });

  it('takes ok as queued, not as done', async () => {
    await using r = await rig();
    await created(r, {});
    r.stub.answerRaw(answer(200, page([])), { name: 'backup-list', times: 200 });
    expect(await failure(r.remote.create({}, signal))).toMatchObject({ code: 'timeout' });
    await using other = await rig();
    other.stub.answerRaw(answer(200, { response: { ok: false, message: 'no database server' } }), {
      name: 'backup-create',
    });
    expect(await failure(other.remote.create({}, signal))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('no database server'),
    });
  });

  it('tells that the scope admin is missing', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(403, { error: 'insufficient_scope', error_description: 'no admin', details: '' }), {
      name: 'backup-create',
    });
    expect(await failure(r.remote.create({}, signal))).toMatchObject({
      code: 'permission',
      hint: expect.stringContaining('scope admin'),
    });
  });

  it('sends db_type as a list', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(200, page([])), { name: 'backup-list' });
    r.stub.answerRaw(answer(200, page([backup({ id: 2 }), backup({ id: 3 })])), { name: 'backup-list' });
    const made = await r.remote.create({ databaseTypes: ['mysql', 'redis'] }, signal);
    expect(made.map(({ id }) => id)).toEqual(['2', '3']);
    expect(r.stub.requests.find(({ method }) => method === 'POST')?.target).toContain('db_type=mysql%2Credis');
  });

  it('sends frequency as cron', async () => {
    await using r = await rig();
    expect((await created(r, { frequency: '0 */1 * * *' })).get('frequency')).toBe('0 */1 * * *');
  });

  it('sends keep_count', async () => {
    await using r = await rig();
    expect((await created(r, { keepCount: 10 })).get('keep_count')).toBe('10');
  });

  it('sends gzip', async () => {
    await using r = await rig();
    expect((await created(r, { gzip: false })).get('gzip')).toBe('false');
  });

  it('sends excluded_tables', async () => {
    await using r = await rig();
    expect((await created(r, { excludedTables: ['my_log_table', 'b'] })).get('excluded_tables')).toBe('my_log_table,b');
  });

  it('sends run_on_replica_server', async () => {
    await using r = await rig();
    expect((await created(r, { onReplica: true })).get('run_on_replica_server')).toBe('true');
  });

  const order = { group: '5', databaseType: 'mysql', url: 'https://s3.example.com/a/b.tar?X=1&Y=%2F' };

  /** Imports while the list has one more afterwards; gives the query that was sent. */
  async function imported(r: Rig): Promise<URLSearchParams> {
    r.stub.answerRaw(answer(200, page([])), { name: 'backup-list' });
    r.stub.answerRaw(answer(200, page([backup({ id: 9 })])), { name: 'backup-list', times: 2 });
    expect(await r.remote.import(order, signal)).toMatchObject({ id: '9', state: 'running' });
    const post = r.stub.requests.find(({ method }) => method === 'POST');
    return new URL(post!.target, r.stub.url).searchParams;
  }

  it('imports a backup', async () => {
    await using r = await rig();
    expect([...(await imported(r)).keys()].sort()).toEqual(['db_type', 'group', 'remote_url']);
  });

  it('takes ok as a queued import', async () => {
    await using r = await rig();
    await imported(r);
    await using other = await rig();
    other.stub.answerRaw(answer(200, { response: { ok: false, message: 'no such group' } }), { name: 'backup-import' });
    expect(await failure(other.remote.import(order, signal))).toMatchObject({ code: 'conflict' });
  });

  it('sends the group of an import', async () => {
    await using r = await rig();
    expect((await imported(r)).get('group')).toBe('5');
  });

  it('sends the db_type of an import', async () => {
    await using r = await rig();
    expect((await imported(r)).get('db_type')).toBe('mysql');
  });

  it('sends remote_url whole', async () => {
    await using r = await rig();
    expect((await imported(r)).get('remote_url')).toBe(order.url);
  });

  it('lists the files of a backup', async () => {
    await using r = await rig();
    expect(await r.remote.files('1', signal)).toEqual([{ id: 'tar', name: 'test_db_11.tar' }]);
  });

  it('reads id and name of each file in order', async () => {
    await using r = await rig();
    const files = [
      { id: 'tar-aa', name: 'x.tar-aa' },
      { id: 'tar-ab', name: 'x.tar-ab' },
    ];
    r.stub.answerRaw(answer(200, page(files)), { name: 'backup-files' });
    expect(await r.remote.files('1', signal)).toEqual(files);
  });

  it('reads every page of the files', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(200, page([{ id: 'tar-aa', name: 'x.tar-aa' }], { next: 2, count: 2 })), {
      name: 'backup-files',
    });
    r.stub.answerRaw(answer(200, page([{ id: 'tar-ab', name: 'x.tar-ab' }], { current: 2, count: 2 })), {
      name: 'backup-files',
    });
    expect((await r.remote.files('1', signal)).map(({ id }) => id)).toEqual(['tar-aa', 'tar-ab']);
  });

  it('puts the backup_id into the path', async () => {
    await using r = await rig();
    await r.remote.files('4153', signal);
    expect(r.stub.requests[0]?.target).toBe(`/stacks/${uid}/backups/4153/files?page=1`);
  });

  /** Downloads the backup whose files are at these addresses. */
  async function downloaded(r: Rig, urls: readonly string[]): Promise<string> {
    await using folder = await temporaryFolder();
    const files = urls.map((_, n) => ({ id: `tar-a${'abc'[n]}`, name: `x.tar-a${'abc'[n]}` }));
    r.stub.answerRaw(answer(200, page(files)), { name: 'backup-files' });
    const { segments, transport, fileName } = await r.remote.download('1', signal);
    expect(fileName).toBe(urls.length === 1 ? 'x.tar-aa' : 'x.tar');
    for (const url of urls) {
      r.stub.answerRaw(answer(200, { response: { ok: true, public_url: url } }), { name: 'backup-file' });
    }
    const target = folder.at('x.tar');
    await downloadSegments({ segments, transport, identity: 'x', target, signal });
    return readFileSync(target, 'utf8');
  }

  it('asks for the public URL of each file', async () => {
    await using r = await rig();
    await downloaded(r, [r.stub.download({ status: 200, headers: {}, body: 'all' })]);
    expect(r.stub.requests.some(({ target }) => target === `/stacks/${uid}/backups/1/files/tar-aa`)).toBe(true);
  });

  it('downloads from public_url without its credential, also doubly encoded', async () => {
    await using r = await rig();
    const url = r.stub.download({ status: 200, headers: {}, body: 'all of it' });
    expect(await downloaded(r, [url])).toBe('all of it');
    const fetched = r.stub.requests.filter(({ target }) => url.endsWith(target));
    expect(fetched.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('joins tar-aa, tar-ab and so on in the order of the list', async () => {
    await using r = await rig();
    const urls = ['one,', 'two,', 'three'].map((body) => r.stub.download({ status: 200, headers: {}, body }));
    expect(await downloaded(r, urls)).toBe('one,two,three');
  });

  it('downloads nothing of a backup that has no files', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(200, page([])), { name: 'backup-files' });
    expect(await failure(r.remote.download('1', signal))).toMatchObject({ code: 'conflict' });
  });

  it('waits until the files are listed, and tells each change', async () => {
    await using r = await rig();
    r.stub.answerRaw(answer(200, page([])), { name: 'backup-files', times: 3 });
    const seen: string[] = [];
    const ended = await r.remote.wait('1', { onChange: ({ state }) => seen.push(state), signal });
    expect([ended.state, seen]).toEqual(['done', ['running', 'done']]);
  });

  it('cannot do what the dialect has no words for, and says so', async () => {
    await using r = await rig();
    for (const action of ['cancel', 'lock', 'restore', 'delete', 'rename'] as const) {
      expect(r.remote.capabilities.actions.has(action)).toBe(false);
    }
    expect(await failure(r.remote.restore('1', {}, signal))).toMatchObject({ code: 'unsupported' });
  });

  it('gives an error, and never hangs, whatever comes as a body', async () => {
    await using r = await rig();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (body) => {
        r.stub.answerRaw({ status: 200, headers: { 'content-type': 'application/json' }, body });
        const got = await listed(r.remote).catch((error: { code: string }) => error.code);
        expect(Array.isArray(got) || got === 'unsupported' || got === 'conflict').toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
