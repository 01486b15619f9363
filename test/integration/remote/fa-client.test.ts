/** The client of fa against a strict server that knows the document only. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectRemote } from '../../../src/remote/connect.ts';
import type { Remote, RemoteBackup } from '../../../src/remote/remote.ts';
import { fixture } from '../../support/dialect-fixtures.ts';
import { type DialectStub, type StubRequest, startDialectStub } from '../../support/dialect-stub.ts';
import { neverMs, PassingClock } from '../../support/passing-clock.ts';
import { rawAnswers } from '../../support/raw-answer.ts';

const { signal } = new AbortController();

interface Memory {
  value: unknown;
  /** Each value that was saved. */
  readonly saved: string[];
}

function connect(
  stub: Pick<DialectStub, 'url' | 'token'>,
  memory: Memory,
  settings = {},
  { random = (): number => 0.5, clock = new PassingClock() } = {},
): Remote {
  return connectRemote({
    dialect: 'fa',
    baseUrl: stub.url,
    credential: stub.token,
    settings,
    memory: {
      load: async () => memory.value,
      save: async (value) => {
        memory.value = value;
        memory.saved.push(JSON.stringify(value));
      },
    },
    clock,
    timeouts: { connectMs: neverMs, headersMs: neverMs, stallMs: neverMs },
    random,
    userAgent: 'holdfast test',
  });
}

async function rig(options: { settings?: object; withProduct?: boolean } = {}) {
  const stub = await startDialectStub('fa', { withProduct: options.withProduct ?? false });
  const memory: Memory = { value: undefined, saved: [] };
  return {
    stub,
    memory,
    remote: connect(stub, memory, options.settings),
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
const idIn = ({ target }: StubRequest) => Number(target.split('/').at(-1));
const bodyOf = ({ body }: StubRequest) => JSON.parse(String(body)) as Record<string, unknown>;
const answer = (status: number, body: unknown) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** The documented status, for whatever id is asked for. */
function showBackups(r: Rig, values: Record<string, string | number> = {}, times = 1): void {
  r.stub.answer('backup-status', { values: (request) => ({ 'data.id': idIn(request), ...values }), times });
}
function showRestores(r: Rig, values: Record<string, string | number> = {}, times = 1): void {
  r.stub.answer('restore-status', { values: (request) => ({ 'data.restore_id': idIn(request), ...values }), times });
}

async function made(r: Rig): Promise<RemoteBackup> {
  showBackups(r);
  const [backup] = await r.remote.create({ path: 'datasets/ansys-out' }, signal);
  return backup!;
}

async function got(r: Rig, values: Record<string, string | number>): Promise<RemoteBackup> {
  showBackups(r, values);
  return r.remote.get('7', signal);
}

async function restoring(r: Rig) {
  const restore = await r.remote.restore('5', { target: 'datasets/back' }, signal);
  return { restore, body: bodyOf(r.stub.requests.find(({ target }) => target.endsWith('/restore'))!) };
}

async function restoreStatus(r: Rig, values: Record<string, string | number>) {
  showRestores(r, values);
  return r.remote.restoreStatus({ backupId: '2', id: '1' }, signal);
}

describe('fa', () => {
  it('creates a backup by POST /backup', async () => {
    await using r = await rig();
    const backup = await made(r);
    expect(backup).toMatchObject({ state: 'running', source: '/ellis-chen/users/admin/fa' });
    expect(r.stub.requests[0]).toMatchObject({ method: 'POST', target: '/fa/api/v0/backup' });
  });

  it('goes on with the routes of the product where there are no others', async () => {
    await using r = await rig({ withProduct: true });
    r.stub.answerRaw(answer(404, {}), { name: 'backup-create' });
    await made(r);
    await r.remote.restore('5', { target: 'x' }, signal);
    expect(r.stub.requests.map(({ target }) => target).filter((target) => target.endsWith('/new'))).toEqual([
      '/fa/api/v0/backup/new',
      '/fa/api/v0/restore/new',
    ]);
    await using strict = await rig({ settings: { routes: 'document' } });
    strict.stub.answerRaw(answer(405, {}), { name: 'backup-create' });
    expect(await failure(strict.remote.create({ path: 'x' }, signal))).toMatchObject({ code: 'unsupported' });
  });

  it('sends its token as Bearer with every request', async () => {
    await using r = await rig();
    await made(r);
    await r.remote.cancelAll(signal);
    expect(new Set(r.stub.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${r.stub.token}`]),
    );
  });

  it('sends Content-Type with every request', async () => {
    await using r = await rig();
    const { id } = await made(r);
    await r.remote.delete(id, signal);
    await r.remote.destroyRepository(signal);
    expect(new Set(r.stub.requests.map(({ headers }) => headers['content-type']))).toEqual(
      new Set(['application/json']),
    );
  });

  it('chooses an id that it never used, and keeps it', async () => {
    await using r = await rig();
    const ids: number[] = [];
    for (let n = 0; n < 3; n++) {
      const savedBefore = r.memory.saved.length;
      ids.push(Number((await made(r)).id));
      // Kept before it was sent.
      expect(r.memory.saved.length).toBe(savedBefore + 1);
    }
    expect(new Set(ids).size).toBe(3);
    expect(r.stub.requests.filter(({ method }) => method === 'POST').map((request) => bodyOf(request).id)).toEqual(ids);
    // Another start knows them all.
    const again = connect(r.stub, r.memory);
    showBackups(r, {}, 3);
    expect((await Array.fromAsync(again.list({}, signal))).map(({ id }) => Number(id))).toEqual(ids.toReversed());
    showBackups(r);
    const [next] = await again.create({ path: 'x' }, signal);
    expect(Number(next!.id)).toBeGreaterThan(Math.max(...ids));
    // A lost memory begins higher than what it has used, too, as time goes by.
    const later = new PassingClock();
    await later.advance(1000);
    showBackups(r);
    const lost = { value: undefined, saved: [] };
    const [fresh] = await connect(r.stub, lost, {}, { clock: later, random: () => 0 }).create({ path: 'x' }, signal);
    expect(Number(fresh!.id)).toBeGreaterThan(Math.max(...ids));
  });

  it('chooses another id than an agent that begins in the same second', async () => {
    await using r = await rig();
    const ids: number[] = [];
    for (const random of [0, 0.3, 0.999_999_9]) {
      showBackups(r);
      const other = connect(r.stub, { value: undefined, saved: [] }, {}, { random: () => random });
      const [backup] = await other.create({ path: 'x' }, signal);
      ids.push(Number(backup!.id));
    }
    expect([new Set(ids).size, ids.every(Number.isSafeInteger)]).toEqual([3, true]);
    // Of one second: the clock of the test stands still.
    expect(Math.max(...ids) - Math.min(...ids)).toBeLessThan(2 ** 21);
  });

  it('keeps the ids of a bounded number of restores', async () => {
    await using r = await rig();
    const ids = new Set<string | undefined>();
    for (let n = 0; n < 103; n++) ids.add((await r.remote.restore('5', { target: 'x' }, signal)).id);
    expect([ids.size, (r.memory.value as { restores: unknown[] }).restores.length]).toEqual([103, 100]);
  });

  it('sends the path relative to the root', async () => {
    await using r = await rig();
    await made(r);
    expect(bodyOf(r.stub.requests[0]!).path).toBe('datasets/ansys-out');
    expect(await failure(r.remote.create({}, signal))).toMatchObject({ code: 'invalid-input' });
  });

  it('takes 2001 as accepted, not as done', async () => {
    await using r = await rig();
    expect((await made(r)).state).toBe('running');
  });

  it('tells of a refused backup in the server’s words', async () => {
    await using r = await rig();
    r.stub.answer('backup-create-failed');
    expect(await failure(r.remote.create({ path: 'x' }, signal))).toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('err when backup file'),
    });
  });

  it('asks for the status of a backup by its id', async () => {
    await using r = await rig();
    showBackups(r);
    await r.remote.get('33', signal);
    expect(r.stub.requests[0]).toMatchObject({ method: 'GET', target: '/fa/api/v0/backup/33' });
  });

  it('reads the status of a backup', async () => {
    await using r = await rig();
    expect(await got(r, {})).toEqual({
      id: '7',
      state: 'running',
      source: '/ellis-chen/users/admin/fa',
      name: '/ellis-chen/users/admin/fa',
    });
  });

  it('refuses a status of another id', async () => {
    await using r = await rig();
    expect(await failure(r.remote.get('1', signal))).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('3'),
    });
  });

  it('takes the absolute path of the answer', async () => {
    await using r = await rig();
    expect((await got(r, { 'data.path': '/root/x' })).source).toBe('/root/x');
  });

  it('reads every state of a backup, success and done alike', async () => {
    await using r = await rig();
    const states = {
      pending: 'queued',
      running: 'running',
      success: 'done',
      done: 'done',
      failed: 'failed',
      cancel: 'cancelled',
      odd: 'unknown',
    };
    for (const [status, state] of Object.entries(states))
      expect((await got(r, { 'data.status': status })).state).toBe(state);
  });

  it('reads total_size and pack_size in bytes', async () => {
    await using r = await rig();
    const sizes = { 'data.status': 'success', 'data.stat.total_size': 91_457_662, 'data.stat.pack_size': 1000 };
    expect(await got(r, sizes)).toMatchObject({ sizeBytes: 91_457_662, storedBytes: 1000 });
    const running = await got(r, { 'data.status': 'running' });
    expect(['sizeBytes' in running, 'storedBytes' in running]).toEqual([false, false]);
    expect(await got(r, { 'data.status': 'done' })).toMatchObject({ sizeBytes: 0, storedBytes: 0 });
  });

  it('tells the error of extra', async () => {
    await using r = await rig();
    expect(await got(r, { 'data.status': 'failed', 'data.extra': 'disk full' })).toMatchObject({
      state: 'failed',
      error: 'disk full',
    });
  });

  it('waits, bounded, for a backup that has no record yet', async () => {
    await using r = await rig();
    r.stub.answer('backup-status-unknown', { times: 3 });
    expect((await made(r)).state).toBe('running');
    r.stub.answer('backup-status-unknown', { times: Number.POSITIVE_INFINITY });
    expect(await failure(r.remote.create({ path: 'x' }, signal))).toMatchObject({ code: 'timeout' });
    expect(await failure(r.remote.get('9', signal))).toMatchObject({ code: 'not-found' });
  });

  it('waits until a backup is over, and tells each change', async () => {
    await using r = await rig();
    showBackups(r, { 'data.status': 'pending' });
    showBackups(r, { 'data.status': 'running' }, 2);
    showBackups(r, { 'data.status': 'cancel' });
    const seen: string[] = [];
    const ended = await r.remote.wait('7', { onChange: ({ state }) => seen.push(state), signal });
    expect([ended.state, seen]).toEqual(['cancelled', ['queued', 'running', 'cancelled']]);
  });

  it('restores by POST /restore', async () => {
    await using r = await rig();
    await restoring(r);
    expect(r.stub.requests[0]).toMatchObject({ method: 'POST', target: '/fa/api/v0/restore' });
    expect(await failure(r.remote.restore('5', {}, signal))).toMatchObject({ code: 'invalid-input' });
  });

  it('chooses a restore_id, and names the backup', async () => {
    await using r = await rig();
    const { restore, body } = await restoring(r);
    expect(body).toMatchObject({ restore_id: Number(restore.id), backup_id: 5 });
    const second = await r.remote.restore('5', { target: 'x' }, signal);
    expect(second.id).not.toBe(restore.id);
  });

  it('sends dst_path relative to the root', async () => {
    await using r = await rig();
    expect((await restoring(r)).body.dst_path).toBe('datasets/back');
  });

  it('takes 2001 as an accepted restore, not as done', async () => {
    await using r = await rig();
    const { restore } = await restoring(r);
    showRestores(r, { 'data.status': 'running' });
    expect((await r.remote.restoreStatus(restore, signal)).state).toBe('running');
  });

  it('tells of a refused restore in the server’s words', async () => {
    await using r = await rig();
    r.stub.answer('restore-create-failed');
    expect(await failure(restoring(r))).toMatchObject({ message: expect.stringContaining('err when backup file') });
  });

  it('asks for the status of a restore by its id', async () => {
    await using r = await rig();
    await restoreStatus(r, {});
    expect(r.stub.requests[0]).toMatchObject({ method: 'GET', target: '/fa/api/v0/restore/1' });
  });

  it('reads the status of a restore', async () => {
    await using r = await rig();
    expect(await restoreStatus(r, {})).toEqual({
      state: 'done',
      target: '/ellis-chen/users/admin/fa1',
      sizeBytes: 91_457_662,
    });
  });

  it('refuses a status of another restore', async () => {
    await using r = await rig();
    expect(await failure(restoreStatus(r, { 'data.restore_id': 99 }))).toMatchObject({ code: 'unsupported' });
  });

  it('takes the absolute dst_path of the answer', async () => {
    await using r = await rig();
    expect((await restoreStatus(r, { 'data.dst_path': '/root/y' })).target).toBe('/root/y');
  });

  it('reads every state of a restore, success and done alike', async () => {
    await using r = await rig();
    const states = {
      pending: 'queued',
      running: 'running',
      success: 'done',
      done: 'done',
      failed: 'failed',
      cancel: 'cancelled',
      odd: 'unknown',
    };
    for (const [status, state] of Object.entries(states))
      expect((await restoreStatus(r, { 'data.status': status })).state).toBe(state);
  });

  it('reads total_size of a restore in bytes', async () => {
    await using r = await rig();
    expect((await restoreStatus(r, { 'data.stat.total_size': 5 })).sizeBytes).toBe(5);
    expect('sizeBytes' in (await restoreStatus(r, { 'data.status': 'running', 'data.stat.total_size': 0 }))).toBe(
      false,
    );
  });

  it('tells the error of a restore’s extra', async () => {
    await using r = await rig();
    expect((await restoreStatus(r, { 'data.status': 'failed', 'data.extra': 'no backup 2' })).message).toBe(
      'no backup 2',
    );
  });

  it('waits, bounded, for a restore that has no record yet', async () => {
    await using r = await rig();
    r.stub.answer('restore-status-unknown', { times: 2 });
    expect((await restoreStatus(r, {})).state).toBe('done');
    r.stub.answer('restore-status-unknown', { times: Number.POSITIVE_INFINITY });
    expect(await failure(r.remote.restoreStatus({ backupId: '1', id: '4' }, signal))).toMatchObject({
      code: 'timeout',
    });
  });

  it('cancels a backup', async () => {
    await using r = await rig();
    await r.remote.cancel('12', signal);
    expect(r.stub.requests[0]).toMatchObject({ method: 'POST', target: '/fa/api/v0/backup/cancel' });
  });

  it('names the backup that it cancels', async () => {
    await using r = await rig();
    await r.remote.cancel('12', signal);
    expect(bodyOf(r.stub.requests[0]!)).toEqual({ id: 12 });
    expect(await failure(r.remote.cancel('x', signal))).toMatchObject({ code: 'not-found' });
  });

  it('takes data null for a cancel', async () => {
    await using r = await rig();
    expect(fixture('fa', 'backup-cancel').response.body).toMatchObject({ data: null });
    await r.remote.cancel('12', signal);
  });

  it('tells of a cancel of an unknown backup', async () => {
    await using r = await rig();
    r.stub.answer('backup-cancel-failed');
    expect(await failure(r.remote.cancel('12', signal))).toMatchObject({
      message: expect.stringContaining('err when backup file'),
    });
  });

  it('cancels all backups', async () => {
    await using r = await rig();
    await r.remote.cancelAll(signal);
    expect(r.stub.requests[0]).toMatchObject({ method: 'POST', target: '/fa/api/v0/backup/cancel-all' });
  });

  it('sends the documented body to cancel all', async () => {
    await using r = await rig();
    await r.remote.cancelAll(signal);
    expect(Object.keys(bodyOf(r.stub.requests[0]!))).toEqual(['id']);
  });

  it('takes 2001 for a cancel of all', async () => {
    await using r = await rig();
    expect(await r.remote.cancelAll(signal)).toBeUndefined();
  });

  it('tells that cancelling all failed', async () => {
    await using r = await rig();
    r.stub.answer('backup-cancel-all-failed');
    expect(await failure(r.remote.cancelAll(signal))).toMatchObject({
      message: expect.stringContaining('err when cancel all backup'),
    });
  });

  it('destroys the repository only when told so expressly', async () => {
    await using r = await rig();
    await made(r);
    expect(r.stub.requests.some(({ target }) => target.includes('destroy'))).toBe(false);
    await r.remote.destroyRepository(signal);
    expect(r.stub.requests.at(-1)).toMatchObject({ method: 'POST', target: '/fa/api/v0/backup/destroy-repo' });
  });

  it('takes 2001 as destroyed', async () => {
    await using r = await rig();
    expect(await r.remote.destroyRepository(signal)).toBeUndefined();
  });

  it('tells that the repository was not destroyed', async () => {
    await using r = await rig();
    const { id } = await made(r);
    r.stub.answer('destroy-repo-failed');
    expect(await failure(r.remote.destroyRepository(signal))).toMatchObject({
      message: expect.stringContaining('err when destroy repo'),
    });
    // What is there still is not forgotten.
    showBackups(r);
    expect((await Array.fromAsync(r.remote.list({}, signal))).map((one) => one.id)).toEqual([id]);
  });

  it('deletes a backup by its id', async () => {
    await using r = await rig();
    await r.remote.delete('12', signal);
    expect(r.stub.requests[0]).toMatchObject({ method: 'DELETE', target: '/fa/api/v0/backup/12' });
  });

  it('takes 2001 as deleted', async () => {
    await using r = await rig();
    const { id } = await made(r);
    await r.remote.delete(id, signal);
    expect(await Array.fromAsync(r.remote.list({}, signal))).toEqual([]);
  });

  it('tells of a delete of an unknown backup', async () => {
    await using r = await rig();
    r.stub.answer('backup-delete-failed');
    expect(await failure(r.remote.delete('12', signal))).toMatchObject({
      message: expect.stringContaining('err when delete a backup'),
    });
  });

  it('forgets an id that the remote does not know, but not before a day', async () => {
    await using r = await rig();
    const clock = new PassingClock();
    const remote = connect(r.stub, r.memory, {}, { clock });
    r.stub.answerRaw(answer(500, {}), { name: 'backup-create' });
    // Sent, and perhaps taken: it may still appear.
    expect(await failure(remote.create({ path: 'x' }, signal))).toBeDefined();
    const listed = async () => {
      r.stub.answer('backup-status-unknown');
      const before = r.stub.requests.length;
      expect(await Array.fromAsync(remote.list({}, signal))).toEqual([]);
      return r.stub.requests.length - before;
    };
    expect(await listed()).toBe(1);
    await clock.advance(24 * 3_600_000 - 1000);
    expect(await listed()).toBe(1);
    await clock.advance(2000);
    expect(await listed()).toBe(1);
    expect(await Array.fromAsync(remote.list({}, signal))).toEqual([]);
    expect((r.memory.value as { backups: unknown[] }).backups).toEqual([]);
  });

  it('never takes a failed question for a backup that is gone', async () => {
    await using r = await rig();
    await made(r);
    r.stub.answerRaw(answer(500, {}));
    expect(await failure(Array.fromAsync(r.remote.list({}, signal)))).toMatchObject({ code: 'io' });
    for (const odd of [rawAnswers.empty, rawAnswers.html, rawAnswers.garbage]) {
      r.stub.answerRaw(odd);
      expect(await failure(Array.fromAsync(r.remote.list({}, signal)))).toMatchObject({ code: 'unsupported' });
    }
    expect(JSON.stringify(r.memory.value)).toContain('since');
  });

  it('reads the first of two errors in one body', async () => {
    await using r = await rig();
    r.stub.answerRaw({
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: '{"code":400,"message":"the first"}{"code":400,"message":"second"}',
    });
    expect(await failure(r.remote.cancel('1', signal))).toMatchObject({ message: expect.stringMatching(/the first$/) });
    const { data } = fixture('fa', 'backup-status').response.body as { data: object };
    const twice = JSON.stringify({ code: 2001, message: 'success', data: { ...data, id: 7 } }).repeat(2);
    r.stub.answerRaw({ status: 200, headers: { 'content-type': 'application/json' }, body: twice });
    expect((await r.remote.get('7', signal)).id).toBe('7');
  });

  it('gives an error, and never hangs, whatever comes as a body', async () => {
    await using r = await rig();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (body) => {
        r.stub.answerRaw({ status: 200, headers: { 'content-type': 'application/json' }, body });
        const got = await r.remote.get('7', signal).catch((error: { code: string }) => error.code);
        expect(['unsupported', 'not-found']).toContain(got);
      }),
      { numRuns: 50 },
    );
  });
});
