import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEntries, restoreDatabase, testDatabase, verifyDatabaseDump } from '../../../src/source/mod.ts';
import { argumentsDuring, chunksOf, databaseConfig, dumpsOf } from '../../support/databases/dumps.ts';
import { type PostgresServer, startPostgres } from '../../support/databases/postgresql.ts';
import { requireTool } from '../../support/tools.ts';

const signal = new AbortController().signal;
const password = 'quite "secret" \\ \'1\'';

const tables = `
  CREATE SCHEMA other;
  CREATE TABLE odd (id int PRIMARY KEY, bytes bytea, words text, made timestamptz DEFAULT now());
  INSERT INTO odd (id, bytes, words) VALUES
    (1, '\\x00ff0a0d5c2e', E'Füße 🐘 \\\\. \\t\\n"quoted" ''x'''), (2, NULL, NULL), (3, '', '');
  INSERT INTO odd SELECT 100 + n, decode(repeat(md5(n::text), 3000), 'hex'), repeat('wörd ', 20000) FROM generate_series(1, 30) n;
  CREATE TABLE "Sp ace""d" (v int); INSERT INTO "Sp ace""d" VALUES (7);
  CREATE TABLE left_out (v int); INSERT INTO left_out VALUES (1);
  CREATE TABLE other.left_out_too (v int);
  CREATE TABLE a_account AS SELECT 100 AS amount;
  CREATE TABLE z_account AS SELECT 100 AS amount;
  CREATE VIEW sums AS SELECT a.amount + z.amount FROM a_account a, z_account z;
  CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
`;
const rowsOfOdd = `SELECT count(*), md5(string_agg(odd::text, '|' ORDER BY id)) FROM odd`;

describe.skipIf(requireTool('pg_ctlcluster') === undefined)('a PostgreSQL server as a source', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres(password);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  const config = (more: Record<string, unknown> = {}) =>
    databaseConfig({ engine: 'postgresql', port: server.port, user: 'postgres', passwordSecret: 'pg', ...more });
  const access = { password, signal };

  it('comes back as it was, while others write', async () => {
    await server.sql('postgres', 'CREATE DATABASE "Ap/p""1"');
    const database = 'Ap/p"1';
    await server.sql(database, tables);
    const before = await server.sql(database, rowsOfOdd);
    let isOver = false;
    const writing = (async () => {
      for (let round = 1; !isOver; round++) {
        const by = round % 2 === 0 ? 7 : -7;
        const half = (table: string, more: number) => `UPDATE ${table} SET amount = amount + ${more};`;
        await server.sql(database, `BEGIN; ${half('z_account', -by)} ${half('a_account', by)} COMMIT;`);
      }
    })();
    const excluded = { excludedTables: ['left_out', 'other.left_out_too'], databases: [database] };
    const dumps = await dumpsOf(config(excluded), access);
    isOver = true;
    await writing;
    expect([...dumps.keys()]).toEqual(['/postgresql/Ap%2Fp"1.sql']);
    await server.sql('postgres', 'DROP DATABASE "Ap/p""1"');
    const [[entryPath, content]] = [...dumps] as [[string, Buffer]];
    const restore = () => restoreDatabase(config(), { entryPath, content: chunksOf(content), ...access });
    await restore();
    expect(await server.sql(database, rowsOfOdd)).toBe(before);
    expect(await server.sql(database, 'SELECT * FROM sums; SELECT twice(v) FROM "Sp ace""d"')).toBe('200\n14');
    expect(await server.sql(database, "SELECT to_regclass('left_out'), to_regclass('other.left_out_too')")).toBe('|');
    // Once more, over what is there.
    await server.sql(database, 'DELETE FROM odd');
    await restore();
    expect(await server.sql(database, rowsOfOdd)).toBe(before);
  });

  it('is dumped with its roles where all is asked for', async () => {
    await server.sql('postgres', `CREATE ROLE keeper LOGIN; CREATE DATABASE globals; CREATE DATABASE app OWNER keeper`);
    await server.sql('globals', 'CREATE TABLE here (v int)');
    const dumps = await dumpsOf(config({ name: 'main' }), { ...access, gzip: true });
    const paths = [...dumps.keys()];
    expect(paths[0]).toBe('/main/globals.sql.gz');
    expect(paths).toEqual(
      expect.arrayContaining(['/main/app.sql.gz', '/main/postgres.sql.gz', '/main/%67lobals.sql.gz']),
    );
    await server.sql('postgres', 'DROP DATABASE app; DROP DATABASE globals; DROP ROLE keeper');
    for (const entryPath of [paths[0]!, '/main/app.sql.gz', '/main/%67lobals.sql.gz']) {
      await restoreDatabase(config(), { entryPath, content: chunksOf(dumps.get(entryPath)!), ...access });
    }
    expect(await server.sql('postgres', "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'keeper'")).toBe('t');
    expect(await server.sql('globals', 'SELECT count(*) FROM here')).toBe('0');
  });

  it.each([
    [
      'cut between its statements',
      (dump: Buffer) => dump.subarray(0, dump.indexOf('-- PostgreSQL database dump complete') - 3),
    ],
    ['cut in its rows', (dump: Buffer) => dump.subarray(0, dump.indexOf('COPY public.odd') + 5000)],
    [
      'not what the server takes',
      (dump: Buffer) => Buffer.from(dump.toString().replace('COPY public.odd', 'COPY public.even')),
    ],
  ])('stays as it was where a dump is %s', async (_, damage) => {
    await server.sql('postgres', 'DROP DATABASE IF EXISTS kept; CREATE DATABASE kept');
    await server.sql('kept', tables);
    const dump = (await dumpsOf(config({ databases: ['kept'] }), access)).get('/postgresql/kept.sql')!;
    await server.sql('kept', "UPDATE odd SET words = 'newer'");
    const before = await server.sql('kept', rowsOfOdd);
    const content = chunksOf(damage(dump));
    await expect(restoreDatabase(config(), { entryPath: 'kept.sql', content, ...access })).rejects.toMatchObject({
      code: expect.stringMatching(/^(corrupt|io)$/),
    });
    expect(await server.sql('kept', rowsOfOdd)).toBe(before);
  });

  it('has dumps that are proven, and leaves nothing of a proof', async () => {
    await server.sql('postgres', 'DROP DATABASE IF EXISTS kept; CREATE DATABASE kept');
    await server.sql('kept', tables);
    const dumps = await dumpsOf(config({ databases: ['kept'] }), access);
    const dump = dumps.get('/postgresql/kept.sql')!;
    const names = () => server.sql('postgres', 'SELECT datname FROM pg_database ORDER BY 1');
    const before = await names();
    const verify = (content: Buffer) =>
      verifyDatabaseDump(config(), { entryPath: 'kept.sql', content: chunksOf(content), ...access });
    await verify(dump);
    const wrong = Buffer.from(dump.toString().replace('COPY public.odd', 'COPY public.even'));
    await expect(verify(wrong)).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('public.even') });
    expect(await names()).toBe(before);
  });

  it('shows its password to nobody', async () => {
    const seen = await argumentsDuring(
      (line) => /pg_dump|psql/.test(line),
      () => dumpsOf(config(), access),
    );
    expect(seen.join('\n')).toContain('pg_dump');
    expect(seen.join('\n')).not.toContain('secret');
  });

  it('says what is wrong', async () => {
    expect(await testDatabase(config(), access)).toMatch(/^1\d\./);
    const wrong = dumpsOf(config(), { password: 'wrong-password', signal });
    await expect(wrong).rejects.toMatchObject({ code: 'unauthenticated', hint: expect.stringContaining('127.0.0.1') });
    await expect(wrong).rejects.not.toThrow('wrong-password');
    await expect(testDatabase(config({ databases: ['none'] }), access)).rejects.toMatchObject({ code: 'not-found' });
    await expect(testDatabase(config(), { signal })).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(testDatabase(config(), { ...access, replica: true })).rejects.toMatchObject({ code: 'invalid-input' });
    const replica = { host: '127.0.0.1', port: server.port };
    const fromReplica = testDatabase(config({ port: 1, replica }), { ...access, replica: true });
    expect(await fromReplica).toMatch(/^1\d\./);
    const stopped = testDatabase(config({ port: 1 }), access);
    await expect(stopped).rejects.toMatchObject({ code: 'network', retry: 'backoff' });
  });

  it('ends a dump that is cancelled', async () => {
    await server.sql('postgres', 'CREATE DATABASE large');
    await server.sql('large', 'CREATE TABLE t AS SELECT n, repeat(md5(n::text), 100) FROM generate_series(1, 20000) n');
    const cancel = new AbortController();
    const reading = (async () => {
      for await (const { content } of databaseEntries(config({ databases: ['large'] }), {
        password,
        signal: cancel.signal,
      })) {
        for await (const _ of content!) cancel.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    const left = `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holdfast' AND state = 'active'`;
    await expect.poll(() => server.sql('postgres', left)).toBe('0');
  });

  it('fails where the server goes during a dump', async () => {
    await using short = await startPostgres(password);
    await short.sql(
      'postgres',
      'CREATE TABLE t AS SELECT n, repeat(md5(n::text), 100) FROM generate_series(1, 20000) n',
    );
    const reading = (async () => {
      const own = config({ port: short.port, databases: ['postgres'] });
      for await (const { content } of databaseEntries(own, access)) for await (const _ of content!) await short.stop();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'network' });
  });
});
