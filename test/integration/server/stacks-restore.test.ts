/** `holdfast server restore` beside a server of stacks, and proofs of dumps, with real databases; killed in the middle. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { connectRemote } from '../../../src/remote/connect.ts';
import type { Remote, RemoteBackup } from '../../../src/remote/remote.ts';
import { type MariadbServer, startMariadb } from '../../support/databases/mariadb.ts';
import { type PostgresServer, startPostgres } from '../../support/databases/postgresql.ts';
import { holdfastCommand } from '../../support/holdfast.ts';
import { type ServerHome, type ServerProcess, serverHome } from '../../support/server-process.ts';

const { signal } = new AbortController();
const uid = '5999b763474b0eafa5fafb64bff0ba80';
/** The folder of its dumps in snapshots: nothing of this name may ever appear on this machine. */
const serverName = 'holdfast-test-of-restores';

let postgres: PostgresServer;
let mariadb: MariadbServer;
let home: ServerHome;
let running: ServerProcess;
let token: string;

beforeAll(async () => {
  [postgres, mariadb] = await Promise.all([startPostgres('pg-secret'), startMariadb('my-secret')]);
  await postgres.sql('postgres', 'CREATE DATABASE app');
  await postgres.sql('app', "CREATE TABLE people (name text); INSERT INTO people VALUES ('Ada'), ('Grace')");
  await mariadb.sql(
    '',
    'CREATE DATABASE shop; CREATE TABLE shop.orders (id int); INSERT INTO shop.orders VALUES (1), (2)',
  );
  const common = { host: '127.0.0.1' };
  const pg = { ...common, engine: 'postgresql', name: serverName, port: postgres.port, databases: ['app'] };
  const my = { ...common, engine: 'mysql', port: mariadb.port, databases: ['shop'] };
  const databases = [
    { ...pg, user: postgres.user, passwordSecret: 'database-pg' },
    { ...my, user: mariadb.user, passwordSecret: 'database-my' },
  ];
  home = await serverHome({ scopes: [{ id: 'stack', name: 'Stack', dialect: 'stacks', uid, databases }] });
  for (const [name, { password }] of [['pg', postgres] as const, ['my', mariadb] as const]) {
    const file = home.folder.at(name);
    writeFileSync(file, password);
    await home.holdfast.ok(['server', 'secret', `database-${name}`, '--file', file]);
  }
  running = await home.start();
  token = running.firstToken!;
}, 120_000);

afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await Promise.all([postgres, mariadb].map((one) => one[Symbol.asyncDispose]()));
});

const remote = (): Remote =>
  connectRemote({
    dialect: 'stacks',
    baseUrl: running.url,
    scope: uid,
    credential: token,
    memory: { load: async () => undefined, save: async () => undefined },
    clock: systemClock,
    random: Math.random,
    userAgent: 'holdfast test',
  });

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const endMs = Date.now() + 60_000; Date.now() < endMs; ) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain for ${look}`);
}

const shown = (id: string) => remote().get(id, signal);

async function proven(id: string): Promise<RemoteBackup> {
  await remote().wait(id, { signal });
  return until(async () => {
    const backup = await shown(id);
    return ['not-verified', 'verifying'].includes(backup.verify?.state ?? '') ? undefined : backup;
  });
}

async function made(type: string): Promise<RemoteBackup> {
  const [backup] = await remote().create({ databaseTypes: [type] }, signal);
  return proven(backup!.id);
}

const people = () => postgres.sql('app', 'SELECT name FROM people ORDER BY name');

/** Starts the command line's restore, which waits for a table that another session holds; ends with both of them gone. */
async function restoreThatWaits(id: string) {
  const holder = postgres.sql('app', 'BEGIN; LOCK TABLE people; SELECT pg_sleep(600);').catch(() => undefined);
  const sessions = (what: string, condition: string) =>
    postgres.sql('postgres', `SELECT ${what} FROM pg_stat_activity WHERE datname = 'app' AND ${condition}`);
  await until(async () => ((await sessions('count(*)', "wait_event = 'PgSleep'")) === '1' ? true : undefined));
  const [command = '', ...first] = holdfastCommand;
  const child = spawn(command, [...first, 'server', 'restore', id, '--yes'], {
    env: home.holdfast.env,
    stdio: 'ignore',
  });
  const exit = once(child, 'exit');
  await until(async () => ((await sessions('count(*)', "wait_event_type = 'Lock'")) === '1' ? true : undefined));
  return {
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
    /** The table is free again. */
    async release() {
      await sessions('pg_terminate_backend(pid)', "wait_event = 'PgSleep'");
      await holder;
      await until(async () =>
        (await sessions('count(*)', "backend_type = 'client backend'")) === '0' ? true : undefined,
      );
    },
  };
}

describe('holdfast server restore', { timeout: 120_000 }, () => {
  it.each([
    ['postgresql', () => postgres.sql('app', 'DELETE FROM people; CREATE TABLE later ()'), people, 'Ada\nGrace'],
    [
      'mysql',
      () => mariadb.sql('shop', 'DELETE FROM orders'),
      () => mariadb.sql('shop', 'SELECT id FROM orders ORDER BY id'),
      '1\n2',
    ],
  ] as const)('puts the rows of %s back, and the API tells', async (type, damage, rows, before) => {
    const backup = await made(type);
    expect(backup).toMatchObject({ state: 'done', verify: { state: 'verified' } });
    expect(backup.restore).toBeUndefined();
    await damage();
    const refused = await home.holdfast.run(['server', 'restore', backup.id]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--yes')]);
    expect(await rows()).not.toBe(before);
    expect((await shown(backup.id)).restore).toBeUndefined();
    const { stdout } = await home.holdfast.ok(['server', 'restore', backup.id, '--yes']);
    expect(stdout).toContain(`Backup ${backup.id} is restored`);
    expect(await rows()).toBe(before);
    expect((await shown(backup.id)).restore).toEqual({ state: 'done' });
  });

  it('tells of one that fails, and of numbers that there are not', async () => {
    const backup = await made('postgresql');
    await postgres.sql('postgres', 'ALTER DATABASE app ALLOW_CONNECTIONS false');
    try {
      expect((await home.holdfast.run(['server', 'restore', backup.id, '--yes'])).code).toBe(1);
    } finally {
      await postgres.sql('postgres', 'ALTER DATABASE app ALLOW_CONNECTIONS true');
    }
    expect((await shown(backup.id)).restore).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('app'),
    });
    const none = await home.holdfast.run(['server', 'restore', '999999', '--yes']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('no backup 999999')]);
  });

  it('shows one that runs; one that is killed has failed, changed nothing, and is no job of the server', async () => {
    // More than pipes hold: its end has not been sent when it is killed.
    await postgres.sql('app', "CREATE TABLE stuff AS SELECT repeat('x', 1000) FROM generate_series(1, 5000)");
    const backup = await made('postgresql');
    await postgres.sql('app', "DELETE FROM people; INSERT INTO people VALUES ('newer')");
    const first = await restoreThatWaits(backup.id);
    expect((await shown(backup.id)).restore).toEqual({ state: 'running' });
    const second = await home.holdfast.run(['server', 'restore', backup.id, '--yes']);
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('is under way')]);
    await first.kill();
    const failed = await until(async () => {
      const { restore } = await shown(backup.id);
      return restore?.state === 'failed' ? restore : undefined;
    });
    expect(failed.message).toContain('Restore it again');
    await first.release();
    expect(await people()).toBe('newer');

    // While no server runs, and with one that starts before anybody looked.
    await running.end('SIGTERM');
    const third = await restoreThatWaits(backup.id);
    await third.kill();
    await third.release();
    running = await home.start();
    await until(async () => ((await shown(backup.id)).restore?.state === 'failed' ? true : undefined));
    expect(existsSync(`/${serverName}`)).toBe(false);
    expect(running.errors()).toBe('');
    await home.holdfast.ok(['server', 'restore', backup.id, '--yes']);
    expect(await people()).toBe('Ada\nGrace');
  });

  it('goes on with a proof that was killed, and leaves nothing of it on the database server', async () => {
    // Each row takes its time to come in.
    await postgres.sql(
      'app',
      `CREATE FUNCTION slow(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
         IF current_database() <> 'app' THEN PERFORM pg_sleep(4); END IF; RETURN true; END $$;
       CREATE TABLE slowly (id int CHECK (slow(id))); INSERT INTO slowly VALUES (1)`,
    );
    const scratch = () =>
      postgres.sql('postgres', "SELECT datname FROM pg_database WHERE datname LIKE 'holdfast_verify_%'");
    const [backup] = await remote().create({ databaseTypes: ['postgresql'] }, signal);
    const name = await until(async () => (await scratch()) || undefined);
    await running.end('SIGKILL');
    expect(await scratch()).toBe(name);
    running = await home.start();
    expect(await proven(backup!.id)).toMatchObject({ state: 'done', verify: { state: 'verified' } });
    expect(await scratch()).toBe('');
    await postgres.sql('app', 'DROP TABLE slowly');
  });

  it('restores the folders of a backup, and its databases, where a scope has both', async () => {
    const docs = home.folder.at('docs');
    mkdirSync(docs);
    writeFileSync(`${docs}/letter`, 'as it was');
    const both = {
      databases: [
        {
          engine: 'mysql',
          host: '127.0.0.1',
          port: mariadb.port,
          user: mariadb.user,
          passwordSecret: 'database-my',
          databases: ['shop'],
        },
      ],
    };
    const add = ['server', 'scope', 'add', 'office', '--dialect', 'organizations', '--folder', docs, '--file', '-'];
    await home.holdfast.ok(add, { input: JSON.stringify(both) });
    const client = connectRemote({
      dialect: 'organizations',
      baseUrl: running.url,
      scope: 'office',
      credential: token,
      memory: { load: async () => undefined, save: async () => undefined },
      clock: systemClock,
      random: Math.random,
      userAgent: 'holdfast test',
    });
    await until(() => client.test(signal).catch(() => undefined));
    const before = new Set((await Array.fromAsync(remote().list({}, signal))).map(({ id }) => Number(id)));
    const [backup] = await client.create({ name: 'all' }, signal);
    await client.wait(backup!.id, { signal });
    writeFileSync(`${docs}/letter`, 'changed');
    await mariadb.sql('shop', 'DELETE FROM orders');
    // Numbers count over all scopes.
    const number = Math.max(...before) + 1;
    await home.holdfast.ok(['server', 'restore', String(number), '--yes']);
    expect(readFileSync(`${docs}/letter`, 'utf8')).toBe('as it was');
    expect(await mariadb.sql('shop', 'SELECT id FROM orders ORDER BY id')).toBe('1\n2');
    expect(existsSync('/mysql')).toBe(false);
  });
});
