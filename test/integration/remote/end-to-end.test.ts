/** Clients against the real server, from a create to an end: what panel-end-to-end.test.ts does not show. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { connectRemote } from '../../../src/remote/connect.ts';
import { downloadSegments } from '../../../src/remote/http/download.ts';
import type { DialectName, Remote } from '../../../src/remote/remote.ts';
import { type RedisServer, startRedis } from '../../support/databases/redis.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const { signal } = new AbortController();
const uid = '5999b763474b0eafa5fafb64bff0ba80';

let server: TestServer;
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis('secret');
  await redis.ask('SET greeting hello');
  server = await startTestServer({
    scopes: [
      { id: 'lab', dialect: 'organizations', folders: ['lab'] },
      { id: 'ada', dialect: 'fa', folders: ['ada'] },
      {
        id: 'stack',
        dialect: 'stacks',
        uid,
        segmentBytes: 1024,
        databases: [{ engine: 'redis', host: '127.0.0.1', port: redis.port, passwordSecret: 'database-redis' }],
      },
    ],
  });
  await server.secrets.storeSecret('database-redis', redis.password, signal);
  for (const owner of ['lab', 'ada']) {
    mkdirSync(server.folder.at(owner, 'data'), { recursive: true });
    writeFileSync(server.folder.at(owner, 'data/file.txt'), `of ${owner}`);
  }
}, 60_000);

afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

async function connect(dialect: DialectName, only: string, scope?: string): Promise<Remote> {
  let kept: unknown;
  return connectRemote({
    dialect,
    baseUrl: server.url,
    credential: await server.token('admin', [only]),
    memory: {
      load: async () => kept,
      save: async (value) => {
        kept = value;
      },
    },
    clock: systemClock,
    random: Math.random,
    userAgent: 'holdfast test',
    ...(scope === undefined ? {} : { scope }),
  });
}

async function downloaded(remote: Remote, id: string, name: string): Promise<Buffer> {
  const { segments, transport, checksum, sizeBytes } = await remote.download(id, signal);
  const target = server.folder.at('downloads', name);
  await downloadSegments({
    segments,
    transport,
    identity: id,
    target,
    signal,
    ...(checksum === undefined ? {} : { checksum }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
  });
  return readFileSync(target);
}

describe('from end to end', { timeout: 60_000 }, () => {
  it('organizations: create, wait, rename, download, delete', async () => {
    const remote = await connect('organizations', 'lab', 'lab');
    expect(await remote.test(signal)).toBe('0 backups, may create');
    const [created] = await remote.create({ name: 'Monday' }, signal);
    const done = await remote.wait(created!.id, { signal });
    expect(done).toMatchObject({ state: 'done', name: 'Monday', files: 1 });
    expect(await remote.update(done.id, { description: 'kept' }, signal)).toMatchObject({ description: 'kept' });
    expect(gunzipSync(await downloaded(remote, done.id, 'lab')).includes('of lab')).toBe(true);
    await remote.delete(done.id, signal);
    expect(await Array.fromAsync(remote.list({}, signal))).toEqual([]);
  });

  it('fa: create, wait, restore elsewhere, cancel, delete, destroy', async () => {
    const remote = await connect('fa', 'ada');
    const [created] = await remote.create({ path: 'data' }, signal);
    const done = await remote.wait(created!.id, { signal });
    expect(done).toMatchObject({ state: 'done', source: server.folder.at('ada', 'data'), sizeBytes: 6 });
    const restore = await remote.restore(done.id, { target: 'back' }, signal);
    for (let state = 'running'; state !== 'done'; ) {
      ({ state } = await remote.restoreStatus(restore, signal));
      expect(['queued', 'running', 'done']).toContain(state);
    }
    expect(readFileSync(server.folder.at('ada', 'back/file.txt'), 'utf8')).toBe('of ada');
    await remote.cancel(done.id, signal);
    await remote.cancelAll(signal);
    const [second] = await remote.create({ path: 'data' }, signal);
    await remote.wait(second!.id, { signal });
    expect((await Array.fromAsync(remote.list({}, signal))).map(({ id }) => id)).toEqual([second!.id, done.id]);
    await remote.delete(done.id, signal);
    await expect(remote.get(done.id, signal)).rejects.toMatchObject({ code: 'not-found' });
    await remote.destroyRepository(signal);
    expect(existsSync(server.repository('ada'))).toBe(false);
    expect(await Array.fromAsync(remote.list({}, signal))).toEqual([]);
    rmSync(server.folder.at('ada', 'back'), { recursive: true });
  });

  it('stacks: create, wait, files, download in segments', async () => {
    const remote = await connect('stacks', 'stack', uid);
    const [created] = await remote.create({ databaseTypes: ['redis'], gzip: false }, signal);
    const done = await remote.wait(created!.id, { signal });
    expect(done).toMatchObject({ state: 'done', name: 'redis redis' });
    const files = await remote.files(done.id, signal);
    expect(files.map(({ id }) => id).slice(0, 2)).toEqual(['tar-aa', 'tar-ab']);
    const archive = await downloaded(remote, done.id, 'stack.tar');
    expect([archive.length, archive.includes('greeting')]).toEqual([done.sizeBytes, true]);
  });
});
