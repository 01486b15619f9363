/** The client of organizations against a strict server that knows the documents only. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectRemote } from '../../../src/remote/connect.ts';
import { parseSize, sizeText } from '../../../src/remote/dialects/organizations/wire.ts';
import { downloadSegments } from '../../../src/remote/http/download.ts';
import type { Remote, RemoteBackup } from '../../../src/remote/remote.ts';
import { type DialectStub, startDialectStub } from '../../support/dialect-stub.ts';
import { neverMs, PassingClock } from '../../support/passing-clock.ts';
import { rawAnswers } from '../../support/raw-answer.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();

function connect(
  stub: Pick<DialectStub, 'url' | 'token'>,
  settings: Record<string, unknown> = {},
  credential = stub.token,
): Remote {
  return connectRemote({
    dialect: 'organizations',
    baseUrl: stub.url,
    scope: 'xxx',
    credential,
    settings,
    memory: { load: async () => undefined, save: async () => undefined },
    clock: new PassingClock(),
    timeouts: { connectMs: neverMs, headersMs: neverMs, stallMs: neverMs },
    random: () => 0.5,
    userAgent: 'holdfast test',
  });
}

async function listed(remote: Remote): Promise<RemoteBackup[]> {
  return Array.fromAsync(remote.list({}, signal));
}

/** A client and what it asks; nothing may be asked that is not documented (paging is the product's). */
async function rig(version: '2018' | '2020' = '2020') {
  const stub = await startDialectStub('organizations', { version, withProduct: true });
  return {
    stub,
    remote: connect(stub),
    async [Symbol.asyncDispose]() {
      expect(stub.refused).toEqual([]);
      await stub[Symbol.asyncDispose]();
    },
  };
}

const jsonAnswer = (status: number, body: unknown) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('organizations, as of 2020', () => {
  it('lists backups by GET of the list', async () => {
    await using r = await rig();
    expect(await listed(r.remote)).toMatchObject([{ id: 'xxx', name: 'Test Backup', state: 'running' }]);
    expect(r.stub.requests[0]).toMatchObject({ method: 'GET' });
  });

  it.each(['name', 'list', 'detail'])('reads a list with serializer %s', async (serializer) => {
    // The client asks for the long form; a server that answers a shorter one is understood.
    await using r = await rig();
    const { body } = (await import('../../support/dialect-fixtures.ts')).fixture(
      'organizations',
      serializer === 'list' ? 'backup-list' : `backup-list-${serializer}`,
    ).response;
    r.stub.answerRaw(jsonAnswer(200, body));
    const [backup] = await listed(r.remote);
    expect(backup).toMatchObject({ id: 'xxx', name: 'Test Backup' });
    expect('files' in backup!).toBe(serializer !== 'name');
  });

  it('puts level, sid and serializer into the path', async () => {
    await using r = await rig();
    await listed(r.remote);
    expect(r.stub.requests[0]?.target).toMatch(/^\/organizations\/backup\/list\/organization\/xxx\/detail\/\?/);
  });

  it('puts the sid into the path of the detail', async () => {
    await using r = await rig();
    await r.remote.get('xxx', signal);
    expect(r.stub.requests[0]?.target).toBe('/organizations/backup/detail/xxx/');
  });

  it('reads one backup by GET of the detail', async () => {
    await using r = await rig();
    r.stub.answer('backup-detail', { values: { file_size: '1.5 MB', status: 'Completed', price: '$2.00' } });
    expect(await r.remote.get('xxx', signal)).toEqual({
      id: 'xxx',
      name: 'Test Backup',
      state: 'done',
      createdAt: '2020-02-10T07:32:03.157Z',
      sizeBytes: 1_572_864,
      files: 21,
      versions: 382,
      price: '$2.00',
      changeable: true,
    });
  });

  it('sends its credential in the header that is set, token by default', async () => {
    await using r = await rig();
    for (const [settings, header, value] of [
      [{}, 'token', r.stub.token],
      [{ header: 'Token' }, 'authorization', `Token ${r.stub.token}`],
      [{ header: 'Bearer' }, 'authorization', `Bearer ${r.stub.token}`],
    ] as const) {
      await listed(connect(r.stub, settings));
      expect(r.stub.requests.at(-1)?.headers[header]).toBe(value);
    }
    expect(() => connect(r.stub, { header: 'cookie' })).toThrow(/header: token, Token or Bearer|settings/);
  });

  it('reads every page until it has count backups', async () => {
    await using r = await rig();
    const next = `${r.stub.url}/organizations/backup/list/organization/xxx/detail/?page=2&page_size=100`;
    r.stub.answer('backup-list-detail', { values: { count: 2, page_count: 2, next, 'results[0].sid': 'first' } });
    r.stub.answer('backup-list-detail', { values: { count: 2, page_number: 2, 'results[0].sid': 'second' } });
    expect((await listed(r.remote)).map(({ id }) => id)).toEqual(['first', 'second']);
    expect(r.stub.requests.map(({ target }) => target.split('?')[1])).toEqual([
      'page=1&page_size=100',
      'page=2&page_size=100',
    ]);
  });

  it('takes next and previous as a URL or null', async () => {
    await using r = await rig();
    const elsewhere = 'https://elsewhere.example/?page=2';
    r.stub.answer('backup-list-detail', { values: { count: 2, next: elsewhere, 'results[0].sid': 'first' } });
    r.stub.answer('backup-list-detail', { values: { count: 2, previous: elsewhere, 'results[0].sid': 'second' } });
    expect(await listed(r.remote)).toHaveLength(2);
  });

  it('never takes a failed or cut listing for a whole one', async () => {
    await using r = await rig();
    const next = `${r.stub.url}/?page=2`;
    r.stub.answer('backup-list-detail', { values: { count: 2, next, 'results[0].sid': 'first' } });
    r.stub.answerRaw({ status: 500, headers: {}, body: '' }, { times: 10 });
    expect(await failure(listed(r.remote))).toMatchObject({ code: 'io' });
    await using second = await rig();
    second.stub.answer('backup-list-detail', { values: { count: 2 } });
    expect(await failure(listed(second.remote))).toMatchObject({ code: 'conflict', retry: 'backoff' });
    second.stub.answerRaw(rawAnswers.empty);
    expect(await failure(listed(second.remote))).toMatchObject({ code: 'unsupported' });
  });

  it('tells from add_permission whether it may create', async () => {
    await using r = await rig();
    expect(await r.remote.test(signal)).toBe('1 backup, may create');
    r.stub.answer('backup-list-detail', { values: { add_permission: false, count: 0, results: [] } });
    expect(await r.remote.test(signal)).toBe('0 backups, may not create');
  });

  it('reads every status', async () => {
    await using r = await rig();
    const states = {
      'In Progress': 'running',
      Completed: 'done',
      Error: 'failed',
      'Date Expired': 'expired',
      Odd: 'unknown',
    };
    for (const [status, state] of Object.entries(states)) {
      r.stub.answer('backup-detail', { values: { status } });
      expect((await r.remote.get('xxx', signal)).state).toBe(state);
    }
  });

  it('reads versions and files, and takes a missing one as unknown', async () => {
    await using r = await rig();
    expect(await r.remote.get('xxx', signal)).toMatchObject({ versions: 382, files: 21 });
    const bare = { sid: 'xxx', name: 'x', status: 'Completed' };
    r.stub.answerRaw(jsonAnswer(200, bare));
    expect(await r.remote.get('xxx', signal)).toEqual({ id: 'xxx', name: 'x', state: 'done' });
  });

  it('parses sizes with units, also behind a non-breaking space', () => {
    expect(parseSize('512\u00a0bytes')).toBe(512);
    expect(parseSize('1 byte')).toBe(1);
    expect(parseSize('47.0 MB')).toBe(49_283_072);
    expect(parseSize('1,024.5 KB')).toBe(1_049_088);
    for (const none of ['xxx\u00a0bytes', '', '12', 'MB', '1 parsec', '-1 MB', 'NaN MB'])
      expect(parseSize(none)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(2 ** 50), (bytes) => {
        const read = parseSize(sizeText(bytes))!;
        // One decimal of the unit is what is written.
        expect(Math.abs(read - bytes)).toBeLessThanOrEqual(bytes < 1024 ? 0 : bytes * 0.05);
      }),
    );
  });

  it('reads the price as text', async () => {
    await using r = await rig();
    r.stub.answer('backup-detail', { values: { price: '€1,50' } });
    expect((await r.remote.get('xxx', signal)).price).toBe('€1,50');
  });

  it('reads file_path', async () => {
    await using r = await rig();
    await using folder = await temporaryFolder();
    const path = r.stub.download({ status: 200, headers: {}, body: 'the archive' }, 'backup.tar.gz');
    r.stub.answer('backup-detail', { values: { status: 'Completed', file_path: path } });
    const { fileName, segments, transport } = await r.remote.download('xxx', signal);
    expect(fileName).toBe('backup.tar.gz');
    await downloadSegments({ segments, transport, identity: 'x', target: folder.at('archive'), signal });
    expect(readFileSync(folder.at('archive'), 'utf8')).toBe('the archive');
    r.stub.answer('backup-detail', { values: { file_path: '' } });
    expect(await failure(r.remote.download('xxx', signal))).toMatchObject({ code: 'conflict' });
  });

  it('reads dates of six decimals', async () => {
    await using r = await rig();
    expect((await r.remote.get('xxx', signal)).createdAt).toBe('2020-02-10T07:32:03.157Z');
  });

  it('tells from change_permission whether it may change', async () => {
    await using r = await rig();
    expect((await r.remote.get('xxx', signal)).changeable).toBe(true);
    r.stub.answer('backup-detail', { values: { change_permission: false } });
    expect((await r.remote.get('xxx', signal)).changeable).toBe(false);
  });

  it('takes 200 and 201 for a create, and reads the detail object', async () => {
    await using r = await rig();
    expect(await r.remote.create({}, signal)).toMatchObject([{ id: 'xxx', state: 'running', files: 21 }]);
    r.stub.answer('product:backup-created');
    expect(await r.remote.create({}, signal)).toMatchObject([{ id: 'xxx', state: 'running' }]);
  });

  it('creates one backup with one POST, without form data', async () => {
    await using r = await rig();
    await r.remote.create({}, signal);
    expect(r.stub.requests.map(({ method }) => method)).toEqual(['POST']);
    r.stub.answerRaw({ status: 502, headers: {}, body: '' }, { times: 10 });
    expect(await failure(r.remote.create({}, signal))).toMatchObject({ code: 'network' });
    // It may have been made: it is not sent again.
    expect(r.stub.requests).toHaveLength(2);
  });

  it('sends only name and description by PATCH', async () => {
    await using r = await rig();
    await r.remote.update('xxx', { name: 'New', description: 'why' }, signal);
    await r.remote.create({ name: 'Named' }, signal);
    const patches = r.stub.requests.filter(({ method }) => method === 'PATCH');
    expect(patches.map(({ body }) => JSON.parse(String(body)))).toEqual([
      { name: 'New', description: 'why' },
      { name: 'Named' },
    ]);
  });

  it('deletes by DELETE, and takes a 204 without a body', async () => {
    await using r = await rig();
    await r.remote.delete('xxx', signal);
    expect(r.stub.requests[0]).toMatchObject({ method: 'DELETE', target: '/organizations/backup/detail/xxx/' });
  });

  it('waits until it is over, and tells each change', async () => {
    await using r = await rig();
    r.stub.answer('backup-detail', { values: { status: 'In Progress' }, times: 3 });
    r.stub.answer('backup-detail', { values: { status: 'Error' } });
    const seen: string[] = [];
    const ended = await r.remote.wait('xxx', { onChange: ({ state }) => seen.push(state), signal });
    expect([ended.state, seen]).toEqual(['failed', ['running', 'failed']]);
  });

  it('tells a member that the list is not theirs', async () => {
    await using r = await rig();
    r.stub.answerRaw(jsonAnswer(403, { detail: 'You do not have permission to perform this action.' }));
    expect(await failure(listed(r.remote))).toMatchObject({
      code: 'permission',
      message: expect.stringContaining('You do not have permission'),
      hint: expect.stringContaining('administrator'),
    });
  });

  it('changes and deletes only where change_permission lets it, and tells of a 405', async () => {
    await using r = await rig();
    r.stub.answerRaw({ status: 405, headers: { allow: 'GET' }, body: '{"detail": "Method \\"PATCH\\" not allowed."}' });
    expect(await failure(r.remote.update('xxx', { name: 'x' }, signal))).toMatchObject({ code: 'unsupported' });
  });

  it('reads errors as text, as message, in a list and as detail', async () => {
    await using r = await rig();
    const says = 'Wrong id - the provided sid is not correct';
    for (const body of [{ message: says }, [says], { detail: says }]) {
      r.stub.answerRaw(jsonAnswer(406, body));
      expect(await failure(listed(r.remote))).toMatchObject({
        code: 'not-found',
        message: expect.stringContaining(says),
      });
    }
  });

  it('cannot do what the dialect has no words for, and says so', async () => {
    await using r = await rig();
    const { actions } = r.remote.capabilities;
    for (const action of ['cancel', 'lock', 'restore', 'import', 'destroyRepository'] as const)
      expect(actions.has(action)).toBe(false);
    expect(await failure(r.remote.cancel('xxx', signal))).toMatchObject({
      code: 'unsupported',
      message: /organizations/,
    });
  });

  it('gives an error, and never hangs, whatever comes as a body', async () => {
    await using r = await rig();
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        r.stub.answerRaw({ status: 200, headers: { 'content-type': 'application/json' }, body });
        const got = await listed(r.remote).catch((error: { code: string }) => error.code);
        expect(Array.isArray(got) || got === 'unsupported' || got === 'conflict').toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('organizations, as of 2018', () => {
  it('lists backups of the 2018 version', async () => {
    await using r = await rig('2018');
    r.stub.answer('backup-list-2018', { values: { count: 1 } });
    expect(await listed(r.remote)).toEqual([
      {
        id: 'xxx',
        name: '20180803031606.gz',
        description: 'Data backup on 20180803031606',
        state: 'done',
        createdAt: '2018-08-03T03:17:41.438Z',
        sizeBytes: 49_283_072,
        changeable: false,
      },
    ]);
  });

  it('finds the shape of each object by its fields', async () => {
    await using r = await rig();
    const old = { sid: 'old', name: 'x.gz', database_size: '1 KB' };
    const fresh = { sid: 'new', name: 'y', status: 'In Progress', file_size: '2 KB' };
    r.stub.answerRaw({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ count: 2, next: null, results: [old, fresh] }),
    });
    expect(await listed(r.remote)).toMatchObject([
      { id: 'old', state: 'done', sizeBytes: 1024 },
      { id: 'new', state: 'running', sizeBytes: 2048 },
    ]);
  });

  it('reads name and description of the 2018 version', async () => {
    await using r = await rig('2018');
    expect(await r.remote.get('xxx', signal)).toMatchObject({
      name: '20180803031606.gz',
      description: 'Data backup on 20180803031606',
    });
  });

  it('parses database_size, and takes a backup without status as complete', async () => {
    await using r = await rig('2018');
    expect(await r.remote.get('xxx', signal)).toMatchObject({ sizeBytes: 49_283_072, state: 'done' });
  });

  it('leaves a backup alone whose change_permission is false', async () => {
    await using r = await rig('2018');
    expect((await r.remote.get('xxx', signal)).changeable).toBe(false);
  });

  it('creates a backup at the 2018 version', async () => {
    await using r = await rig('2018');
    expect(await r.remote.create({}, signal)).toMatchObject([{ id: 'xxx', state: 'done' }]);
  });

  it('reads one backup of the 2018 version', async () => {
    await using r = await rig('2018');
    expect(await r.remote.get('xxx', signal)).toMatchObject({ id: 'xxx', createdAt: '2018-08-03T03:17:41.438Z' });
  });

  it('tells that the credential is missing or wrong', async () => {
    await using r = await rig('2018');
    r.stub.answer('list-unauthenticated');
    r.stub.answer('create-unauthenticated');
    for (const ask of [listed(r.remote), r.remote.create({}, signal)]) {
      expect(await failure(ask)).toMatchObject({ code: 'unauthenticated', hint: /token/ });
    }
  });

  it('tells that the permission is missing', async () => {
    await using r = await rig('2018');
    r.stub.answer('list-forbidden');
    r.stub.answer('create-forbidden');
    for (const ask of [listed(r.remote), r.remote.create({}, signal)]) {
      expect(await failure(ask)).toMatchObject({ code: 'permission' });
    }
  });

  it('tells that the sid is wrong', async () => {
    await using r = await rig('2018');
    r.stub.answer('list-wrong-id');
    r.stub.answer('create-wrong-id');
    for (const ask of [listed(r.remote), r.remote.create({}, signal)]) {
      expect(await failure(ask)).toMatchObject({ code: 'not-found', hint: 'Check the sid.' });
    }
  });

  it('tells that the level is wrong', async () => {
    await using r = await rig('2018');
    r.stub.answer('list-wrong-level');
    r.stub.answer('create-wrong-level');
    for (const ask of [listed(r.remote), r.remote.create({}, signal)]) {
      expect(await failure(ask)).toMatchObject({ code: 'invalid-input', message: /Wrong level/ });
    }
  });
});
