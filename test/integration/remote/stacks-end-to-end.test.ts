/** The client of stacks against `holdfast server`, with real databases. */
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { connectRemote } from '../../../src/remote/connect.ts';
import { downloadSegments } from '../../../src/remote/http/download.ts';
import type { Remote, RemoteBackup } from '../../../src/remote/remote.ts';
import { type MariadbServer, startMariadb } from '../../support/databases/mariadb.ts';
import { type PostgresServer, startPostgres } from '../../support/databases/postgresql.ts';
import { type RedisServer, startRedis } from '../../support/databases/redis.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { neverMs } from '../../support/passing-clock.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const { signal } = new AbortController();
const uid = '5999b763474b0eafa5fafb64bff0ba80';

let postgres: PostgresServer;
let mariadb: MariadbServer;
let redis: RedisServer;
let server: TestServer;
let admin: string;

beforeAll(async () => {
  [postgres, mariadb, redis] = await Promise.all([startPostgres('pg'), startMariadb('my'), startRedis('re')]);
  await postgres.sql('postgres', 'CREATE DATABASE app');
  await postgres.sql(
    'app',
    "CREATE TABLE people (name text); INSERT INTO people VALUES ('Ada'); CREATE TABLE noise ()",
  );
  await mariadb.sql('', 'CREATE DATABASE shop; CREATE TABLE shop.orders (id int); INSERT INTO shop.orders VALUES (7)');
  await redis.ask('SET greeting hello');
  const at = { host: '127.0.0.1' };
  server = await startTestServer({
    scopes: [
      {
        id: 'stack',
        dialect: 'stacks',
        uid,
        segmentBytes: 1024,
        databases: [
          { ...at, engine: 'postgresql', port: postgres.port, user: postgres.user, passwordSecret: 'database-pg' },
          { ...at, engine: 'mysql', port: mariadb.port, user: mariadb.user, passwordSecret: 'database-my' },
          { ...at, engine: 'redis', port: redis.port, passwordSecret: 'database-re' },
        ].map((one) => ({
          ...one,
          ...{ postgresql: { databases: ['app'] }, mysql: { databases: ['shop'] } }[one.engine],
        })),
      },
    ],
    config: { imports: { allowHosts: ['127.0.0.1'] } },
  });
  const passwords = { pg: postgres.password, my: mariadb.password, re: redis.password };
  for (const [name, password] of Object.entries(passwords)) {
    await server.secrets.storeSecret(`database-${name}`, password, signal);
  }
  admin = await server.token('admin');
}, 120_000);

afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
  await Promise.all([postgres, mariadb, redis].map((one) => one[Symbol.asyncDispose]()));
});

function connect(credential = admin, baseUrl = server.url): Remote {
  return connectRemote({
    dialect: 'stacks',
    baseUrl,
    scope: uid,
    credential,
    memory: { load: async () => undefined, save: async () => undefined },
    clock: systemClock,
    random: Math.random,
    userAgent: 'holdfast test',
  });
}

/** Orders, and waits until each is done and proven. */
async function made(remote: Remote, order: Parameters<Remote['create']>[0]): Promise<RemoteBackup[]> {
  const backups = await remote.create(order, signal);
  for (const { id } of backups) await remote.wait(id, { signal });
  for (const { id } of backups) await proven(id);
  return Promise.all(backups.map(({ id }) => remote.get(id, signal)));
}

function proven(number: string): Promise<true> {
  return server.until(() => {
    const state = server.catalog.backups.byNumber(Number(number))?.verify?.state;
    return state === undefined || state === 'verifying' ? undefined : true;
  });
}

async function downloaded(
  remote: Remote,
  { id }: RemoteBackup,
): Promise<{ name: string; parts: number; bytes: Buffer }> {
  const { fileName, ...download } = await remote.download(id, signal);
  const target = server.folder.at(fileName);
  await downloadSegments({ ...download, identity: id, target, signal });
  const bytes = readFileSync(target);
  rmSync(target);
  return { name: fileName, parts: download.segments.length, bytes };
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('stacks, asked by our client', { timeout: 120_000 }, () => {
  it('makes, proves, lists, shows and downloads a backup of each database', async () => {
    const remote = connect();
    const backups = await made(remote, {});
    expect(backups.map(({ name, state, verify }) => [name, state, verify?.state]).sort()).toEqual([
      ['mysql shop', 'done', 'verified'],
      ['postgresql app', 'done', 'verified'],
      ['redis redis', 'done', 'verified'],
    ]);
    const listed = await Array.fromAsync(remote.list({}, signal));
    expect(
      listed
        .slice(0, 3)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(backups.map(({ id }) => id).sort());
    const holds: Record<string, string> = { mysql: 'INSERT INTO `orders`', postgresql: 'Ada', redis: 'greeting' };
    for (const backup of backups) {
      const { name, parts, bytes } = await downloaded(remote, backup);
      const [engine = ''] = backup.name!.split(' ');
      expect(name).toMatch(/^(app|shop|redis)_\d+\.tar$/);
      expect(parts).toBe(Math.ceil(bytes.length / 1024));
      expect(bytes.length).toBe(backup.sizeBytes);
      expect(bytes.includes(holds[engine]!)).toBe(true);
    }
  });

  it('asks for what is ordered', async () => {
    const remote = connect();
    const [backup] = await made(remote, {
      databaseTypes: ['postgresql'],
      gzip: true,
      excludedTables: ['noise'],
      keepCount: 3,
      frequency: '0 3 * * *',
    });
    const { task, content } = server.catalog.backups.byNumber(Number(backup!.id))!;
    expect(content).toMatchObject({ engine: 'postgresql', gzip: true, excludedTables: ['noise'] });
    expect(server.catalog.tasks.get(task!)!.order).toMatchObject({ frequency: '0 3 * * *', keepCount: 3 });
    expect((await Array.fromAsync(remote.list({ group: String(task) }, signal))).map(({ id }) => id)).toEqual([
      backup!.id,
    ]);
    const mysql = await Array.fromAsync(remote.list({ databaseType: 'mysql' }, signal));
    expect(new Set(mysql.map(({ name }) => name))).toEqual(new Set(['mysql shop']));
  });

  it('imports into a group, which is proven too; what is no dump is told of', async () => {
    const remote = connect();
    const [first] = await made(remote, { databaseTypes: ['mysql'] });
    const group = String(server.catalog.backups.byNumber(Number(first!.id))!.task);
    const dump = 'CREATE TABLE imported (x int);\n-- Dump completed\n';
    const site = createServer((request, response) =>
      response.end(request.url === '/old.sql?key=1' ? dump : 'a picture'),
    );
    await once(site.listen(0, '127.0.0.1'), 'listening');
    try {
      const url = (path: string) => `http://127.0.0.1:${(site.address() as AddressInfo).port}${path}`;
      const imported = async (path: string): Promise<RemoteBackup> => {
        const { id } = await remote.import({ group, databaseType: 'mysql', url: url(path) }, signal);
        expect((await remote.wait(id, { signal })).state).toBe('done');
        await proven(id);
        return remote.get(id, signal);
      };
      const good = await imported('/old.sql?key=1');
      expect(good.verify).toEqual({ state: 'verified' });
      expect((await downloaded(remote, good)).bytes.includes(dump)).toBe(true);
      expect((await imported('/picture')).verify).toMatchObject({
        state: 'unable',
        message: expect.stringContaining('no dump'),
      });
      const refused = await remote.import(
        { group, databaseType: 'mysql', url: 'http://169.254.169.254/latest' },
        signal,
      );
      expect(await remote.wait(refused.id, { signal })).toMatchObject({
        state: 'failed',
        error: expect.stringContaining('no public address'),
      });
    } finally {
      site.closeAllConnections();
      site.close();
    }
  });

  it('lists all of more backups than a page has', async () => {
    const rows = Array.from({ length: 95 }, () => server.row({ scope: 'stack' }));
    const ids = (await Array.fromAsync(connect().list({}, signal))).map(({ id }) => id);
    expect(ids.slice(0, 95)).toEqual(rows.map(({ number }) => String(number)).toReversed());
    expect(ids).toHaveLength(server.catalog.backups.count({ scope: 'stack' }));
    for (const { id } of rows) server.catalog.backups.remove(id);
  });

  it('tells of roles, stacks and faults as what they are', async () => {
    const reader = connect(await server.token('public'));
    expect(await reader.test(signal)).toMatch(/^\d+ backups?$/);
    expect(await failure(reader.create({}, signal))).toMatchObject({ code: 'permission' });
    expect(await failure(connect('wrong').test(signal))).toMatchObject({ code: 'unauthenticated' });
    const elsewhere = connect(await server.token('admin', ['stack']), `${server.url}/api/3`);
    expect(await elsewhere.test(signal)).toMatch(/backup/);
    const remote = connect();
    expect(await failure(remote.create({ databaseTypes: ['mongodb'] }, signal))).toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('no mongodb'),
    });
    expect(await failure(remote.create({ frequency: 'often' }, signal))).toMatchObject({ code: 'invalid-input' });
    expect(await failure(remote.get('999999', signal))).toMatchObject({ code: 'not-found' });
    await postgres.sql('postgres', 'ALTER DATABASE app ALLOW_CONNECTIONS false');
    try {
      const [backup] = await remote.create({ databaseTypes: ['postgresql'] }, signal);
      expect(await remote.wait(backup!.id, { signal })).toMatchObject({ state: 'failed', error: expect.any(String) });
      expect(await failure(remote.download(backup!.id, signal))).toMatchObject({ code: 'conflict' });
    } finally {
      await postgres.sql('postgres', 'ALTER DATABASE app ALLOW_CONNECTIONS true');
    }
  });

  it('slows down where nothing is left, backs off where it is throttled, and is answered an hour later', async () => {
    // The client's waits pass at once, for both.
    const clock = new FakeClock();
    await using small = await startTestServer({
      scopes: [{ id: 's', dialect: 'stacks', uid }],
      config: { requestsPerHour: 4 },
      clock,
    });
    let sleptMs = 0;
    const passing: Clock = {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      async sleep(ms, during) {
        if (ms >= neverMs) return clock.sleep(ms, during);
        sleptMs += ms;
        await nextTurn();
        if (!during.aborted) await clock.advance(ms);
      },
    };
    const credential = await small.token('public');
    const client = () =>
      connectRemote({
        dialect: 'stacks',
        baseUrl: small.url,
        scope: uid,
        credential,
        memory: { load: async () => undefined, save: async () => undefined },
        clock: passing,
        timeouts: { connectMs: neverMs, headersMs: neverMs, stallMs: neverMs },
        random: () => 0.5,
        userAgent: 'holdfast test',
      });
    const remote = client();
    for (let n = 0; n < 4; n++) expect(await remote.test(signal)).toBe('0 backups');
    // Nothing is left: it waits before it asks, longer where it is refused, and not for ever.
    expect(sleptMs).toBe(0);
    expect(await failure(remote.test(signal))).toMatchObject({ code: 'too-many-requests', retry: 'backoff' });
    expect(sleptMs).toBeGreaterThan(120_000);
    const refused = await fetch(`${small.url}/stacks/${uid}/backups`, {
      headers: { authorization: `Bearer ${credential}` },
    });
    expect([refused.status, refused.headers.get('x-ratelimit-remaining')]).toEqual([503, '0']);
    await clock.advance(3_600_000);
    expect(await client().test(signal)).toBe('0 backups');
  });
});
