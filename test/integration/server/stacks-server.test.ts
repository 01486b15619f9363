/** `holdfast server` as stacks, against what its document shows, with real database servers. */

import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreDumps } from '../../../src/server/backups/run-database-restore.ts';
import type { BackupRecord } from '../../../src/server/catalog/backups.ts';
import { type MariadbServer, startMariadb } from '../../support/databases/mariadb.ts';
import { type PostgresServer, startPostgres } from '../../support/databases/postgresql.ts';
import { type RedisServer, startRedis } from '../../support/databases/redis.ts';
import { fixture } from '../../support/dialect-fixtures.ts';
import { flipBit, repositoryFiles } from '../../support/repository-files.ts';
import { nullableOf, sameShape } from '../../support/same-shape.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

type Json = Record<string, unknown>;

const uid = '5999b763474b0eafa5fafb64bff0ba80';
const smallUid = '11111111111111111111111111111111';
const twoUid = '22222222222222222222222222222222';
const readerUid = '33333333333333333333333333333333';
const scopeOf: Readonly<Record<string, string>> = {
  [uid]: 'stack',
  [smallUid]: 'small',
  [twoUid]: 'two',
  [readerUid]: 'reader',
};
const backups = `/stacks/${uid}/backups`;

let postgres: PostgresServer;
let replica: PostgresServer;
let mariadb: MariadbServer;
let redis: RedisServer;
let server: TestServer;
let admin: string;
let reader: string;

beforeAll(async () => {
  [postgres, replica, mariadb, redis] = await Promise.all([
    startPostgres('pg-secret'),
    startPostgres('pg-secret'),
    startMariadb('my-secret'),
    startRedis('re-secret'),
  ]);
  await postgres.sql('postgres', 'CREATE DATABASE app');
  await postgres.sql(
    'app',
    "CREATE TABLE people (name text); INSERT INTO people VALUES ('Ada'), ('Grace'); CREATE TABLE noise (x text); INSERT INTO noise VALUES ('noise');",
  );
  await postgres.sql('app', "CREATE ROLE looker LOGIN PASSWORD 'pg-secret'; GRANT pg_read_all_data TO looker");
  // No replica really: what it holds tells where a dump is from.
  await replica.sql('postgres', 'CREATE DATABASE app');
  await replica.sql('app', "CREATE TABLE people (name text); INSERT INTO people VALUES ('Hedy')");
  await mariadb.sql(
    '',
    "CREATE DATABASE shop; USE shop; CREATE TABLE orders (id int); INSERT INTO orders VALUES (1), (2); CREATE TABLE noise (x text); INSERT INTO noise VALUES ('noise');",
  );
  await redis.ask('SET greeting hello');
  const postgresql = {
    engine: 'postgresql',
    host: '127.0.0.1',
    port: postgres.port,
    user: postgres.user,
    passwordSecret: 'database-pg',
    databases: ['app'],
    replica: { host: '127.0.0.1', port: replica.port },
  };
  server = await startTestServer({
    scopes: [
      {
        id: 'stack',
        dialect: 'stacks',
        uid,
        databases: [
          postgresql,
          {
            engine: 'mysql',
            host: '127.0.0.1',
            port: mariadb.port,
            user: mariadb.user,
            passwordSecret: 'database-my',
            databases: ['shop'],
          },
          { engine: 'redis', host: '127.0.0.1', port: redis.port, passwordSecret: 'database-re' },
        ],
      },
      { id: 'small', dialect: 'stacks', uid: smallUid, segmentBytes: 1024, databases: [postgresql] },
      {
        id: 'two',
        dialect: 'stacks',
        uid: twoUid,
        databases: [
          { ...postgresql, name: 'one' },
          { ...postgresql, name: 'other', port: replica.port },
        ],
      },
      {
        id: 'reader',
        dialect: 'stacks',
        uid: readerUid,
        limits: { backups: 3 },
        databases: [{ ...postgresql, user: 'looker', databases: ['app', 'postgres'] }],
      },
    ],
    config: { imports: { allowHosts: ['127.0.0.1'] } },
  });
  const { signal } = new AbortController();
  await server.secrets.storeSecret('database-pg', postgres.password, signal);
  await server.secrets.storeSecret('database-my', mariadb.password, signal);
  await server.secrets.storeSecret('database-re', redis.password, signal);
  admin = await server.token('admin');
  reader = await server.token('public');
}, 120_000);

afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
  await Promise.all([postgres, replica, mariadb, redis].map((one) => one[Symbol.asyncDispose]()));
});

function ask(method: string, path: string, options: { body?: string; type?: string; token?: string } = {}) {
  const headers = {
    authorization: `Bearer ${options.token ?? admin}`,
    ...(options.type === undefined ? {} : { 'content-type': options.type }),
  };
  return fetch(`${server.url}${path}`, {
    method,
    headers,
    ...(options.body === undefined ? {} : { body: options.body }),
  });
}

async function json(method: string, path: string, options?: Parameters<typeof ask>[2]): Promise<Json> {
  const response = await ask(method, path, options);
  const body = (await response.json()) as Json;
  expect([response.status, body.error_description]).toEqual([200, undefined]);
  return body;
}

const rows = (stack = 'stack') => server.catalog.backups.list({ scope: stack });

/** Orders, and waits until all that it made are done and proven. */
async function made(query: string, stack = uid): Promise<BackupRecord[]> {
  const scope = scopeOf[stack];
  const before = new Set(rows(scope).map(({ id }) => id));
  await json('POST', `/stacks/${stack}/backups?${query}`);
  const fresh = rows(scope).filter(({ id }) => !before.has(id));
  return Promise.all(fresh.map(({ id }) => proven(id)));
}

let samples: Promise<BackupRecord[]> | undefined;

/** A backup of each engine, made once for all tests that only read them. */
function oneOfEach(): Promise<BackupRecord[]> {
  samples ??= made('db_type=all');
  return samples;
}

async function sample(engine: 'mysql' | 'postgresql' | 'redis'): Promise<BackupRecord> {
  return (await oneOfEach()).find(({ content }) => (content as { engine: string }).engine === engine)!;
}

async function proven(id: string): Promise<BackupRecord> {
  const ended = await server.ended(id);
  if (ended.state !== 'done') throw new Error(ended.error);
  return server.until(() => {
    const backup = server.catalog.backups.get(id);
    const isOver = backup?.verify !== undefined && backup.verify.state !== 'verifying';
    return isOver ? backup : undefined;
  });
}

const shown = async ({ number }: BackupRecord, stack = uid) =>
  (await json('GET', `/stacks/${stack}/backups/${number}`)).response as Json;

async function archiveOf({ number }: BackupRecord, stack = uid): Promise<Buffer> {
  const { response: files } = await json('GET', `/stacks/${stack}/backups/${number}/files`);
  const parts: Buffer[] = [];
  for (const { id } of files as { id: string }[]) {
    const { response } = await json('GET', `/stacks/${stack}/backups/${number}/files/${id}`);
    parts.push(Buffer.from(await (await fetch(String((response as Json).public_url))).arrayBuffer()));
  }
  return Buffer.concat(parts);
}

function expectShape(actual: unknown, name: string): void {
  const { body } = fixture('stacks', name).response;
  expect(sameShape(actual, body, { nullable: nullableOf('stacks') })).toEqual([]);
}

describe('stacks', { timeout: 120_000 }, () => {
  it('backs up the databases of the types listed, or all', async () => {
    const all = await made('db_type=all');
    expect(all.map(({ content }) => (content as { engine: string }).engine).sort()).toEqual([
      'mysql',
      'postgresql',
      'redis',
    ]);
    const two = await made('db_type=mysql,redis');
    expect(two).toHaveLength(2);
    expect(await made('')).toHaveLength(3);
    for (const backup of all) {
      const archive = (await archiveOf(backup)).toString('latin1');
      const { engine } = backup.content as { engine: string };
      expect(archive).toContain({ postgresql: 'Grace', mysql: 'INSERT INTO `orders`', redis: 'greeting' }[engine]);
    }
    for (const wrong of ['db_type=oracle', 'db_type=mongodb', 'db_type=mysql,oracle', 'db_type=mysql,mongodb']) {
      expect((await ask('POST', `${backups}?${wrong}`)).status).toBe(422);
    }
  });

  it('tells databases of one engine apart by their servers, and puts each back where it was', async () => {
    const backups = await made('db_type=postgresql', twoUid);
    const [one, other] = ['one', 'other'].map((name) =>
      backups.find(({ content }) => (content as { server?: string }).server === name),
    );
    expect((await archiveOf(one!, twoUid)).includes('Grace')).toBe(true);
    expect((await archiveOf(other!, twoUid)).includes('Hedy')).toBe(true);
    expect((await shown(one!, twoUid)).server_uid).not.toBe((await shown(other!, twoUid)).server_uid);
    await replica.sql('app', 'DELETE FROM people');
    await restoreDumps(server.services, other!, { onFile: () => undefined, signal: new AbortController().signal });
    expect(await replica.sql('app', 'SELECT name FROM people')).toBe('Hedy');
    expect(await postgres.sql('app', 'SELECT name FROM people ORDER BY name')).toBe('Ada\nGrace');
  });

  it('makes all that is ordered or nothing, where there is no room for all', async () => {
    const before = server.catalog.tasks.list('reader').length;
    const row = server.row({ scope: 'reader' });
    const other = server.row({ scope: 'reader' });
    const refused = await ask('POST', `/stacks/${readerUid}/backups?db_type=all`);
    expect([refused.status, ((await refused.json()) as Json).error]).toEqual([409, 'conflict']);
    expect(server.catalog.tasks.list('reader')).toHaveLength(before);
    expect(rows('reader').map(({ id }) => id)).toEqual([other.id, row.id]);
    for (const { id } of [row, other]) server.catalog.backups.remove(id);
  });

  it('refuses names of tables that are none', async () => {
    for (const tables of ['a%00b', 'a%0Ab', 'x'.repeat(301)]) {
      const refused = await ask('POST', `${backups}?db_type=mysql&excluded_tables=${tables}`);
      expect([refused.status, ((await refused.json()) as Json).details]).toEqual([
        422,
        expect.stringContaining('excluded_tables'),
      ]);
    }
  });

  it('answers a create with exactly ok and message', async () => {
    const answer = await json('POST', `${backups}?db_type=redis`);
    expect(answer).toEqual(fixture('stacks', 'backup-create').response.body);
  });

  it('takes parameters as query, form and JSON with nulls', async () => {
    const count = rows().length;
    await json('POST', backups, { body: 'db_type=redis&gzip=true', type: 'application/x-www-form-urlencoded' });
    const given = {
      db_type: 'redis',
      frequency: null,
      keep_count: null,
      gzip: false,
      excluded_tables: null,
      run_on_replica_server: null,
    };
    await json('POST', backups, { body: JSON.stringify(given), type: 'application/json' });
    expect(rows().length).toBe(count + 2);
    for (const { id } of rows().slice(0, 2)) await proven(id);
  });

  it('answers the list of a stack’s backups', async () => {
    await sample('redis');
    const page = await json('GET', backups);
    expect(page.count).toBe(rows().length);
    expect((page.response as Json[]).map(({ id }) => id)).toEqual(
      rows()
        .slice(0, 30)
        .map(({ number }) => number),
    );
  });

  it('answers exactly the fields of the list', async () => {
    await sample('postgresql');
    expectShape(await json('GET', backups), 'backup-list');
  });

  it('answers one backup', async () => {
    const backup = await sample('postgresql');
    expect(await shown(backup)).toMatchObject({ id: backup.number, db_type: 'postgresql', database_name: 'app' });
  });

  it('answers exactly the fields of a backup', async () => {
    const backup = await sample('mysql');
    expectShape(await json('GET', `${backups}/${backup.number}`), 'backup');
  });

  it('numbers backups by integers that stay', async () => {
    const [first] = await made('db_type=redis');
    const [second] = await made('db_type=redis');
    expect(second!.number).toBeGreaterThan(first!.number);
    expect((await shown(first!)).id).toBe(first!.number);
  });

  it('answers the server_uid of the database’s server', async () => {
    const [one, two] = [await sample('redis'), await sample('mysql')];
    const [a, again, b] = [await shown(one), await shown(one), await shown(two)];
    expect(a.server_uid).toMatch(/^[0-9a-f]{32}$/);
    expect(again.server_uid).toBe(a.server_uid);
    expect(b.server_uid).not.toBe(a.server_uid);
  });

  it('answers the db_type of the database', async () => {
    const types = await Promise.all((await oneOfEach()).map((backup) => shown(backup)));
    expect(types.map(({ db_type: type }) => type).sort()).toEqual(['mysql', 'postgresql', 'redis']);
  });

  it('answers the database_name', async () => {
    const answers = await Promise.all((await oneOfEach()).map((backup) => shown(backup)));
    expect(answers.map(({ database_name: name }) => name).sort()).toEqual(['app', 'redis', 'shop']);
  });

  it('answers file_base', async () => {
    const backup = await sample('mysql');
    const { response } = await json('GET', `${backups}/${backup.number}/files`);
    const { file_base: base } = await shown(backup);
    expect(base).toBe(`shop_${backup.task}`);
    expect((response as Json[])[0]!.name).toBe(`${base}.tar`);
  });

  it('answers backup_date_iso in UTC', async () => {
    const backup = await sample('redis');
    const { backup_date_iso: date } = await shown(backup);
    expect(date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Math.abs(Date.parse(String(date)) - backup.createdAt)).toBeLessThan(1000);
  });

  it('answers created_at_iso, and updated_at_iso of the last change', async () => {
    const backup = await sample('redis');
    const { created_at_iso: created, updated_at_iso: updated } = await shown(backup);
    expect(Math.abs(Date.parse(String(created)) - backup.createdAt)).toBeLessThan(1000);
    expect(Math.abs(Date.parse(String(updated)) - backup.updatedAt)).toBeLessThan(1000);
  });

  it('answers backup_status and backup_result of running, done and failed backups', async () => {
    const content = {
      kind: 'database',
      engine: 'redis',
      database: 'redis',
      excludedTables: [],
      gzip: false,
      onReplica: false,
    } as const;
    const running = server.row({ scope: 'stack', content, state: 'running' });
    const failed = server.row({ scope: 'stack', content, state: 'failed', error: 'no space is left' });
    expect(await shown(running)).toMatchObject({ backup_status: 0, backup_result: '', backup_size: 0 });
    expect((await json('GET', `${backups}/${running.number}/files`)).response).toEqual([]);
    expect(await shown(failed)).toMatchObject({ backup_status: 1, backup_result: 'no space is left' });
    const done = await sample('redis');
    expect(await shown(done)).toMatchObject({ backup_status: 0, backup_result: '' });
    for (const { id } of [running, failed]) server.catalog.backups.remove(id);
  });

  it('answers the storage_path of the dump', async () => {
    const backup = await sample('postgresql');
    const { storage_path: path, server_uid: where } = await shown(backup);
    expect(path).toMatch(new RegExp(`^${uid}/backups/${where}/postgresql/app_${backup.task}/\\d{4}(\\.\\d\\d){5}$`));
  });

  it('answers the excluded tables as skip_tables, and the size', async () => {
    const [backup] = await made('db_type=mysql&excluded_tables=noise');
    const answer = await shown(backup!);
    expect(answer.skip_tables).toBe('noise');
    expect(answer.backup_size).toBe((await archiveOf(backup!)).length);
  });

  it('leaves excluded tables out of the dump', async () => {
    for (const type of ['mysql', 'postgresql']) {
      const [backup] = await made(`db_type=${type}&excluded_tables=noise`);
      const dump = (await archiveOf(backup!)).toString('latin1');
      expect(dump).toMatch(/people|orders/);
      expect(dump).not.toContain('noise');
    }
  });

  it('compresses with gzip when told', async () => {
    const [backup] = await made('db_type=postgresql&gzip=true');
    const tar = await archiveOf(backup!);
    expect(tar.includes('Grace')).toBe(false);
    const start = tar.indexOf(Buffer.from([0x1f, 0x8b, 0x08]));
    const size = Number.parseInt(tar.subarray(start - 512 + 124, start - 512 + 135).toString(), 8);
    expect(gunzipSync(tar.subarray(start, start + size)).toString()).toContain('Grace');
    expect(backup!.verify).toEqual({ state: 'verified' });
  });

  it('dumps from the replica when told', async () => {
    const [backup] = await made('db_type=postgresql&run_on_replica_server=true');
    expect(backup!.content).toMatchObject({ onReplica: true });
    const dump = await archiveOf(backup!);
    expect([dump.includes('Hedy'), dump.includes('Grace')]).toEqual([true, false]);
  });

  it('creates a task of its own group', async () => {
    const [one] = await made('db_type=redis');
    const [two] = await made('db_type=redis');
    expect(two!.task).not.toBe(one!.task);
    expect(server.catalog.tasks.get(one!.task!)?.order).toMatchObject({ engine: 'redis', database: 'redis' });
  });

  it('filters the list by group', async () => {
    const backup = await sample('redis');
    const { response, count } = await json('GET', `${backups}?group=${backup.task}`);
    expect([(response as Json[]).map(({ id }) => id), count]).toEqual([[backup.number], 1]);
    expect((await json('GET', `${backups}?group=999999`)).count).toBe(0);
    expect((await ask('GET', `${backups}?group=x`)).status).toBe(422);
  });

  it('filters the list by db_type, and refuses others', async () => {
    await oneOfEach();
    const { response } = await json('GET', `${backups}?db_type=mysql`);
    expect(new Set((response as Json[]).map(({ db_type: type }) => type))).toEqual(new Set(['mysql']));
    const refused = await ask('GET', `${backups}?db_type=oracle`);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({
      error: 'unprocessable_entity',
      error_description: expect.stringContaining('mysql'),
    });
  });

  it('pages by 30 with count and pagination', async () => {
    const more = Array.from({ length: 65 }, () => server.row({ scope: 'small' }));
    const path = `/stacks/${smallUid}/backups`;
    const count = rows('small').length;
    const pages = Math.ceil(count / 30);
    const first = await json('GET', path);
    expect(first.pagination).toEqual({ previous: null, next: 2, current: 1, per_page: 30, count, pages });
    const last = await json('GET', `${path}?page=${pages}`);
    expect(last.pagination).toMatchObject({ previous: pages - 1, next: null, current: pages });
    expect((last.response as Json[]).length).toBe(count - 30 * (pages - 1));
    expect((await ask('GET', `${path}?page=0`)).status).toBe(422);
    for (const { id } of more) server.catalog.backups.remove(id);
  });

  it('keeps keep_count backups of a task', async () => {
    const [first] = await made('db_type=redis&keep_count=2&frequency=0 0 1 1 *');
    const task = server.catalog.tasks.get(first!.task!)!;
    const snapshots = () => readdirSync(`${server.repository('stack')}/snapshots`);
    for (let run = 0; run < 2; run++) {
      server.catalog.tasks.setNext(task.number, 1);
      await server.server.tasks.look();
      const [newest] = server.catalog.backups.list({ scope: 'stack', task: task.number });
      await proven(newest!.id);
    }
    await server.until(() => (server.catalog.backups.get(first!.id) === undefined ? true : undefined));
    expect(server.catalog.backups.count({ scope: 'stack', task: task.number })).toBe(2);
    expect(snapshots()).not.toContain(first!.snapshotId);
  });

  it('keeps good backups of a task when newer ones are damaged, and imports beside them', async () => {
    const [first] = await made('db_type=redis&keep_count=2');
    const task = first!.task!;
    const more = (change: object) =>
      server.row({ scope: 'stack', content: first!.content, task, verify: { state: 'verified' }, ...change });
    const second = more({});
    const damaged = [1, 2, 3].map(() => more({ verify: { state: 'failed' } }));
    const imported = more({ content: { kind: 'import', engine: 'redis', database: 'redis', url: 'http://x/' } });
    const open = more({ verify: { state: 'verifying' } });
    await server.server.tasks.tidyUp(damaged[2]!);
    const kept = () => server.catalog.backups.list({ scope: 'stack', task }).map(({ number }) => number);
    expect(kept()).toEqual([open, imported, damaged[2]!, damaged[1]!, second, first!].map(({ number }) => number));
    server.catalog.backups.update(open.id, { verify: { state: 'verified' } }, Date.now());
    await server.server.tasks.tidyUp(open);
    expect(kept()).toEqual([open, imported, damaged[2]!, damaged[1]!, second].map(({ number }) => number));
    for (const { id } of server.catalog.backups.list({ scope: 'stack', task })) server.catalog.backups.remove(id);
  });

  it('runs a task by its frequency, and once without', async () => {
    const [once, again] = [...(await made('db_type=redis')), ...(await made('db_type=redis&frequency=*/5 * * * *'))];
    expect(server.catalog.tasks.get(once!.task!)?.nextAt).toBeUndefined();
    const next = server.catalog.tasks.get(again!.task!)!.nextAt!;
    expect(next % 300_000).toBe(0);
    expect(next - Date.now()).toBeLessThanOrEqual(300_000);
    // Missed many times while the server was down: made once.
    server.catalog.tasks.setNext(again!.task!, Date.now() - 100 * 300_000);
    await server.server.tasks.look();
    await server.server.tasks.look();
    expect(server.catalog.backups.count({ scope: 'stack', task: again!.task! })).toBe(2);
    expect(server.catalog.tasks.get(again!.task!)!.nextAt).toBeGreaterThan(Date.now());
    for (const { id } of server.catalog.backups.list({ scope: 'stack', task: again!.task! })) await proven(id);
    expect((await ask('POST', `${backups}?db_type=redis&frequency=often`)).status).toBe(422);
  });

  it('lists the segments of a backup', async () => {
    const backup = await sample('postgresql');
    const { response } = await json('GET', `${backups}/${backup.number}/files`);
    expect(response).toEqual([{ id: 'tar', name: `app_${backup.task}.tar` }]);
  });

  it('answers exactly the fields of the files', async () => {
    const backup = await sample('postgresql');
    expectShape(await json('GET', `${backups}/${backup.number}/files`), 'backup-files');
  });

  it('divides a large backup into tar-aa, tar-ab and so on', async () => {
    const [backup] = await made('db_type=postgresql', smallUid);
    const { response } = await json('GET', `/stacks/${smallUid}/backups/${backup!.number}/files`);
    const ids = (response as { id: string }[]).map(({ id }) => id);
    expect(ids.slice(0, 3)).toEqual(['tar-aa', 'tar-ab', 'tar-ac']);
    const archive = await archiveOf(backup!, smallUid);
    expect(archive.length).toBe(backup!.archive!.bytes);
    expect(archive.includes('Grace')).toBe(true);
  });

  it('pages the files by 30 with count and pagination', async () => {
    await postgres.sql(
      'app',
      'CREATE TABLE IF NOT EXISTS large AS SELECT md5(n::text) AS x FROM generate_series(1, 2000) AS n',
    );
    const [backup] = await made('db_type=postgresql', smallUid);
    const path = `/stacks/${smallUid}/backups/${backup!.number}/files`;
    const count = Math.ceil(backup!.archive!.bytes / 1024);
    const page = await json('GET', path);
    expect(page.pagination).toEqual({
      previous: null,
      next: 2,
      current: 1,
      per_page: 30,
      count,
      pages: Math.ceil(count / 30),
    });
    expect((await json('GET', `${path}?page=2`)).response).toHaveLength(Math.min(30, count - 30));
    await postgres.sql('app', 'DROP TABLE large');
  });

  it('gives a public URL that is signed and expires', async () => {
    const backup = await sample('redis');
    const { response } = await json('GET', `${backups}/${backup.number}/files/tar`);
    const url = String((response as Json).public_url);
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url.replace(/expires=\d+/, 'expires=1'))).status).toBe(403);
    expect((await fetch(url.replace(/signature=.{4}/, 'signature=0000'))).status).toBe(403);
  });

  it('answers exactly ok and public_url, without %25', async () => {
    const backup = await sample('redis');
    for (const path of ['tar', 'tar.json', '/tar.json']) {
      const answer = await json('GET', `${backups}/${backup.number}/files/${path}`);
      expectShape(answer, 'backup-file');
      expect(JSON.stringify(answer)).not.toContain('%');
    }
  });

  it('verifies by a real restore, and shows it in verify_status and verify_result', async () => {
    for (const backup of await oneOfEach()) {
      expect(await shown(backup)).toMatchObject({ verify_status: 2, verify_result: null });
    }
    const [damaged] = await made('db_type=postgresql', smallUid);
    await server.release('small');
    damage('small');
    await server.server.backups.verify(damaged!);
    const failed = await server.until(() => {
      const { verify } = server.catalog.backups.get(damaged!.id)!;
      return verify?.state === 'failed' ? verify : undefined;
    });
    expect(failed.message).toBeTruthy();
    expect(await shown(damaged!, smallUid)).toMatchObject({ verify_status: 3, verify_result: failed.message });
    expect(
      await postgres.sql('postgres', "SELECT count(*) FROM pg_database WHERE datname LIKE 'holdfast_verify%'"),
    ).toBe('0');
  });

  it('tells what stands in the way of a proof, and damage also then', async () => {
    const unable = await made('db_type=postgresql', readerUid);
    for (const backup of unable) {
      expect(await shown(backup, readerUid)).toMatchObject({
        verify_status: 4,
        verify_result: expect.stringMatching(/permission|not allowed|rights/i),
      });
    }
    const [backup] = unable;
    const states: string[] = [];
    for (const path of repositoryFiles(server.repository('reader'), 'data')) {
      const bytes = readFileSync(path);
      flipBit(path, 20, 1);
      await server.release('reader');
      server.catalog.backups.update(backup!.id, { verify: { state: 'verifying' } }, Date.now());
      await server.server.backups.verify(backup!);
      const { verify } = await proven(backup!.id);
      states.push(verify!.state);
      if (verify!.state === 'failed') expect((await shown(backup!, readerUid)).verify_status).toBe(3);
      writeFileSync(path, bytes);
    }
    // Its content and its folders lie in packs of their own; others are other backups'.
    expect(states.filter((state) => state === 'failed')).toHaveLength(2);
    expect(new Set(states)).toEqual(new Set(['failed', 'unable']));
    await server.release('reader');
  });

  it('shows a restore in restore_status and restore_result', async () => {
    const [backup] = await made('db_type=postgresql');
    expect(await shown(backup!)).toMatchObject({ restore_status: 0, restore_result: null });
    await postgres.sql('app', 'DELETE FROM people');
    const restore = server.catalog.restores.add({ scope: 'stack', backupId: backup!.id, createdAt: Date.now() });
    server.catalog.restores.update(restore.number, { state: 'running' });
    expect(await shown(backup!)).toMatchObject({ restore_status: 1 });
    await restoreDumps(server.services, backup!, { onFile: () => undefined, signal: new AbortController().signal });
    server.catalog.restores.update(restore.number, { state: 'done' });
    expect(await shown(backup!)).toMatchObject({ restore_status: 2, restore_result: null });
    expect(await postgres.sql('app', 'SELECT name FROM people ORDER BY name')).toBe('Ada\nGrace');
    server.catalog.restores.update(restore.number, { state: 'failed', error: 'it broke' });
    expect(await shown(backup!)).toMatchObject({ restore_status: 3, restore_result: 'it broke' });
  });

  it('imports a backup', async () => {
    const [first] = await made('db_type=mysql');
    const dump = Buffer.from('CREATE TABLE imported (x int);\n-- Dump completed\n');
    await using site = await startSite(dump);
    const url = encodeURIComponent(`${site.url}/shop.sql`);
    await json('POST', `${backups}?group=${first!.task}&db_type=mysql&remote_url=${url}`);
    const [imported] = server.catalog.backups.list({ scope: 'stack', task: first!.task! });
    const done = await proven(imported!.id);
    expect((await archiveOf(done)).includes(dump)).toBe(true);
    expect(await shown(done)).toMatchObject({ db_type: 'mysql', database_name: 'shop', backup_status: 0 });
  });

  it('imports an archive of ours, so that it can be restored, and refuses a hostile one', async () => {
    const [first] = await made('db_type=postgresql');
    await using site = await startSite(await archiveOf(first!));
    const order = `group=${first!.task}&db_type=postgresql&remote_url=${encodeURIComponent(`${site.url}/app.tar`)}`;
    await json('POST', `${backups}?${order}`);
    const imported = await proven(rows()[0]!.id);
    expect(imported.verify).toEqual({ state: 'verified' });
    await postgres.sql('app', 'DELETE FROM people');
    await restoreDumps(server.services, imported, { onFile: () => undefined, signal: new AbortController().signal });
    expect(await postgres.sql('app', 'SELECT name FROM people ORDER BY name')).toBe('Ada\nGrace');
    const evil = tarOf('../../evil.sql', 'DROP TABLE people;');
    await using hostile = await startSite(evil);
    await json(
      'POST',
      `${backups}?group=${first!.task}&db_type=postgresql&remote_url=${encodeURIComponent(`${hostile.url}/x.tar`)}`,
    );
    expect(await server.ended(rows()[0]!.id)).toMatchObject({ state: 'failed', snapshotId: undefined });
  });

  it('restores an import into the database of its group, whatever its file is called', async () => {
    const [first] = await made('db_type=mysql');
    const sql = 'DROP TABLE IF EXISTS brought; CREATE TABLE brought (x int); INSERT INTO brought VALUES (42);';
    await using site = await startSite(Buffer.from(`${sql}\n-- Dump completed\n`));
    const url = encodeURIComponent(`${site.url}/nightly-2014.sql?signature=1`);
    await json('POST', `${backups}?group=${first!.task}&db_type=mysql&remote_url=${url}`);
    const imported = await proven(rows()[0]!.id);
    expect(imported.verify).toEqual({ state: 'verified' });
    const databases = await mariadb.sql('', 'SHOW DATABASES');
    await restoreDumps(server.services, imported, { onFile: () => undefined, signal: new AbortController().signal });
    expect(await mariadb.sql('shop', 'SELECT x FROM brought')).toBe('42');
    expect(await mariadb.sql('', 'SHOW DATABASES')).toBe(databases);
    await mariadb.sql('shop', 'DROP TABLE brought');
  });

  it('answers an import with exactly ok and message', async () => {
    const [first] = await made('db_type=redis');
    const answer = await json(
      'POST',
      `${backups}?group=${first!.task}&db_type=redis&remote_url=http://10.0.0.1/dump.rdb`,
    );
    expect(answer).toEqual(fixture('stacks', 'backup-import').response.body);
    const [imported] = rows();
    await server.ended(imported!.id);
  });

  it('fetches remote_url from public addresses only', async () => {
    const [first] = await made('db_type=redis');
    for (const url of ['http://10.0.0.1/x', 'http://[::1]/x', 'http://169.254.169.254/latest', 'http://0x0a000001/x']) {
      await json('POST', `${backups}?group=${first!.task}&db_type=redis&remote_url=${encodeURIComponent(url)}`);
      const failed = await server.ended(rows()[0]!.id);
      expect(failed).toMatchObject({ state: 'failed', error: expect.stringContaining('no public address') });
    }
    for (const url of ['ftp://example.com/x', 'file:///etc/passwd', 'nonsense']) {
      const refused = await ask(
        'POST',
        `${backups}?group=${first!.task}&db_type=redis&remote_url=${encodeURIComponent(url)}`,
      );
      expect(refused.status).toBe(422);
    }
    await using gone = await startSite(undefined);
    await json(
      'POST',
      `${backups}?group=${first!.task}&db_type=redis&remote_url=${encodeURIComponent(`${gone.url}/x`)}`,
    );
    expect(await server.ended(rows()[0]!.id)).toMatchObject({ state: 'failed', error: expect.stringContaining('404') });
  });

  it('refuses an import without a group that exists', async () => {
    for (const group of ['', 'group=999999&', 'group=x&']) {
      const refused = await ask('POST', `${backups}?${group}db_type=mysql&remote_url=https://example.com/x`);
      expect(refused.status).toBe(422);
      expect(((await refused.json()) as Json).error_description).toContain('group');
    }
  });

  it('refuses an import without a db_type, or of another', async () => {
    const first = await sample('redis');
    for (const type of ['', '&db_type=mysql', '&db_type=all']) {
      const refused = await ask('POST', `${backups}?group=${first.task}${type}&remote_url=https://example.com/x`);
      expect(refused.status).toBe(422);
      expect(((await refused.json()) as Json).error_description).toContain('db_type');
    }
  });

  it('reads only with the scope public', async () => {
    expect((await ask('GET', backups, { token: reader })).status).toBe(200);
    const response = await ask('GET', backups, { token: 'wrong' });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await response.json()).toMatchObject({ error: 'unauthorized' });
    const elsewhere = await server.token('admin', ['small']);
    expect((await ask('GET', backups, { token: elsewhere })).status).toBe(404);
  });

  it('creates and imports only with the scope admin', async () => {
    for (const token of [reader, await server.token('member')]) {
      const refused = await ask('POST', `${backups}?db_type=redis`, { token });
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ error: 'insufficient_scope' });
      expect(
        (await ask('POST', `${backups}?group=1&db_type=redis&remote_url=https://example.com`, { token })).status,
      ).toBe(403);
    }
  });

  it('answers X-RateLimit-Limit and X-RateLimit-Remaining on every route', async () => {
    const token = await server.token('admin');
    const left = async (response: Response) => {
      expect(response.headers.get('x-ratelimit-limit')).toBe('3600');
      return Number(response.headers.get('x-ratelimit-remaining'));
    };
    expect(await left(await ask('GET', backups, { token }))).toBe(3599);
    expect(await left(await ask('GET', `${backups}/1/files`, { token }))).toBe(3598);
    expect(await left(await ask('POST', `${backups}?db_type=oracle`, { token }))).toBe(3597);
    expect(await left(await ask('GET', '/stacks', { token }))).toBe(3596);
    expect(await left(await ask('GET', '/stacks/x/nothing', { token }))).toBe(3595);
    // Nobody's requests: they count for no token.
    expect(await left(await ask('GET', backups, { token: 'wrong' }))).toBe(3600);
  });

  it('answers 503 throttled over the limit', async () => {
    await using limited = await startTestServer({
      scopes: [{ id: 's', dialect: 'stacks', uid }],
      config: { requestsPerHour: 2 },
    });
    const headers = { authorization: `Bearer ${await limited.token('public')}` };
    const statuses: number[] = [];
    for (let n = 0; n < 3; n++) statuses.push((await fetch(`${limited.url}${backups}`, { headers })).status);
    expect(statuses).toEqual([200, 200, 503]);
    const over = await fetch(`${limited.url}${backups}`, { headers });
    expect(over.headers.get('retry-after')).toBe('60');
    expect(await over.json()).toMatchObject({ error: 'throttled' });
  });

  it('answers 200 with JSON on every route', async () => {
    const backup = await sample('redis');
    const paths = ['', `/${backup.number}`, `/${backup.number}/files`, `/${backup.number}/files/tar`];
    for (const base of [backups, `/api/3${backups}`]) {
      for (const path of paths) {
        for (const suffix of ['', '.json']) {
          const response = await ask('GET', `${base}${path}${suffix}`);
          expect([path, response.status, response.headers.get('content-type')]).toEqual([
            path,
            200,
            'application/json; charset=utf-8',
          ]);
        }
      }
    }
    expect((await json('GET', '/stacks.json')).response).toContainEqual({ uid, name: 'stack' });
    expect((await json('GET', `/api/3/stacks/${uid}.json`)).response).toEqual({ uid, name: 'stack' });
  });

  it('answers 404 to an unknown stack, and to what it does not serve, in its own form', async () => {
    for (const [method, path] of [
      ['GET', `/stacks/${uid}/servers`],
      ['DELETE', `${backups}/1`],
      ['GET', '/api/3/accounts'],
    ] as const) {
      const response = await ask(method, path);
      expect([response.status, await response.json()]).toEqual([
        404,
        { error: 'not_found', error_description: expect.any(String), details: '' },
      ]);
    }
    for (const stack of ['0'.repeat(32), 'stack', '%00', '..']) {
      const response = await ask('GET', `/stacks/${stack}/backups`);
      expect(response.status).toBe(404);
    }
  });

  it('answers 404 to an unknown backup', async () => {
    const [other] = await made('db_type=postgresql', smallUid).catch(() => rows('small'));
    for (const id of ['999999', 'x', '-1', '1.5', other!.number]) {
      const response = await ask('GET', `${backups}/${id}`);
      expect([response.status, ((await response.json()) as Json).error]).toEqual([404, 'not_found']);
    }
  });

  it('answers 404 to files of an unknown backup', async () => {
    expect((await ask('GET', `${backups}/999999/files`)).status).toBe(404);
    const backup = await sample('redis');
    expect((await ask('GET', `${backups}/${backup.number}/files/tar-zz`)).status).toBe(404);
  });
});

/** Flips bits all over the packs of a scope. */
function damage(scope: string): void {
  const folder = `${server.repository(scope)}/data`;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    const bytes = readFileSync(path);
    for (let at = 20; at < Math.max(21, bytes.length - 500); at += 200) bytes[at]! ^= 1;
    writeFileSync(path, bytes);
  }
}

/** One file, in the form of POSIX's ustar. */
function tarOf(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000600\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        0', 148);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padded = Buffer.alloc(512);
  padded.write(content);
  return Buffer.concat([header, padded, Buffer.alloc(1024)]);
}

/** Gives these bytes at every path, or 404. */
async function startSite(content: Buffer | undefined) {
  const site = createServer((_, response) => {
    response.writeHead(content === undefined ? 404 : 200);
    response.end(content);
  });
  await once(site.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(site.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      site.closeAllConnections();
      await new Promise((resolve) => site.close(resolve));
    },
  };
}
