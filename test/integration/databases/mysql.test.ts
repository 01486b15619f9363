import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEntries, restoreDatabase, testDatabase, verifyDatabaseDump } from '../../../src/source/mod.ts';
import { argumentsDuring, chunksOf, databaseConfig, dumpsOf } from '../../support/databases/dumps.ts';
import { type MariadbServer, startMariadb } from '../../support/databases/mariadb.ts';
import { requireTool } from '../../support/tools.ts';

const signal = new AbortController().signal;
const password = 'quite "secret" \\ \'1\' # ;';

const tables = `
  CREATE TABLE odd (id int PRIMARY KEY, bytes longblob, words text CHARACTER SET utf8mb4, made timestamp NULL);
  INSERT INTO odd VALUES (1, x'00ff0a0d5c271a', 'Füße 🐘 \\\\ "quoted" ''x''', now()), (2, NULL, NULL, NULL), (3, '', '', NULL);
  INSERT INTO odd SELECT 100 + seq, unhex(repeat(md5(seq), 20000)), repeat('wörd ', 5000), NULL FROM seq_1_to_30;
  CREATE TABLE \`Sp ace\`\`d\` (v int); INSERT INTO \`Sp ace\`\`d\` VALUES (7);
  CREATE TABLE left_out (v int); INSERT INTO left_out VALUES (1);
  CREATE TABLE a_account AS SELECT 100 AS amount;
  CREATE TABLE z_account AS SELECT 100 AS amount;
  CREATE VIEW sums AS SELECT a.amount + z.amount FROM a_account a, z_account z;
  CREATE FUNCTION twice(v int) RETURNS int DETERMINISTIC RETURN v * 2;
  CREATE TRIGGER doubled BEFORE INSERT ON \`Sp ace\`\`d\` FOR EACH ROW SET NEW.v = NEW.v * 2;
  CREATE EVENT daily ON SCHEDULE EVERY 1 DAY DO DELETE FROM left_out;
`;
const rowsOfOdd =
  "SET SESSION group_concat_max_len = 1000000; SELECT count(*), md5(group_concat(md5(concat_ws('|', id, bytes, words, made)) ORDER BY id)) FROM odd";

describe.skipIf(requireTool('mariadbd') === undefined)('a MariaDB server as a source', () => {
  let server: MariadbServer;
  beforeAll(async () => {
    server = await startMariadb(password);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  const config = (more: Record<string, unknown> = {}) =>
    databaseConfig({ engine: 'mysql', port: server.port, user: 'backup', passwordSecret: 'db', ...more });
  const access = { password, signal };

  it('comes back as it was, while others write', async () => {
    const database = 'Ap/p ü1';
    await server.sql('mysql', `CREATE DATABASE \`${database}\``);
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
    const dumps = await dumpsOf(config({ databases: [database], excludedTables: [`${database}.left_out`] }), access);
    isOver = true;
    await writing;
    const [[path, content]] = [...dumps] as [[string, Buffer]];
    const entryPath = Buffer.from(path, 'latin1').toString();
    expect(entryPath).toBe('/mysql/Ap%2Fp ü1.sql');
    await server.sql('mysql', `DROP DATABASE \`${database}\``);
    const restore = (more = {}) =>
      restoreDatabase(config(), { entryPath, content: chunksOf(content), ...access, ...more });
    await restore();
    expect(await server.sql(database, rowsOfOdd)).toBe(before);
    expect(await server.sql(database, 'SELECT * FROM sums; SELECT twice(v) FROM `Sp ace``d`')).toBe('200\n14');
    const things = await server.sql(database, "SHOW TABLES LIKE 'left_out'; SHOW TRIGGERS; SHOW EVENTS");
    expect(things).toMatch(/doubled[\s\S]*daily/);
    expect(things).not.toMatch(/^left_out/m);
    const databases = await server.sql('mysql', 'SHOW DATABASES');
    await verifyDatabaseDump(config(), { entryPath, content: chunksOf(content), ...access });
    expect(await server.sql('mysql', 'SHOW DATABASES')).toBe(databases);
    // Once more, over what is there, and beside it.
    await server.sql(database, 'DELETE FROM odd');
    await restore();
    await restore({ database: 'beside' });
    expect(await server.sql(database, rowsOfOdd)).toBe(before);
    expect(await server.sql('beside', rowsOfOdd)).toBe(before);
  });

  it('is dumped whole by its socket, but for what is its own', async () => {
    await server.sql('mysql', 'CREATE OR REPLACE DATABASE app');
    const { port: _, ...bySocket } = config({ socket: server.socket });
    const dumps = await dumpsOf(bySocket, { ...access, gzip: true });
    expect([...dumps.keys()]).toEqual(expect.arrayContaining(['/mysql/app.sql.gz', '/mysql/mysql.sql.gz']));
    expect([...dumps.keys()].join()).not.toMatch(/schema|sys\.sql/);
    const content = chunksOf(dumps.get('/mysql/mysql.sql.gz')!.subarray(0, 1000));
    const cut = restoreDatabase(config(), { entryPath: 'mysql.sql.gz', database: 'nowhere', content, ...access });
    await expect(cut).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('shows its password to nobody', async () => {
    const seen = await argumentsDuring(
      (line) => /mariadb-dump|mysqldump|mariadb /.test(line),
      () => dumpsOf(config(), access),
    );
    expect(seen.join('\n')).toContain('--single-transaction');
    expect(seen.join('\n')).not.toContain('secret');
  });

  it('says what is wrong', async () => {
    expect(await testDatabase(config(), access)).toMatch(/MariaDB/);
    const wrong = dumpsOf(config(), { password: 'wrong-password', signal });
    await expect(wrong).rejects.toMatchObject({ code: 'unauthenticated', hint: expect.stringContaining('127.0.0.1') });
    await expect(wrong).rejects.not.toThrow('wrong-password');
    await expect(dumpsOf(config({ databases: ['none'] }), access)).rejects.toMatchObject({ code: 'not-found' });
    await expect(testDatabase(config({ port: 1 }), access)).rejects.toMatchObject({
      code: 'network',
      retry: 'backoff',
    });
    const replica = { host: '127.0.0.1', port: server.port };
    expect(await testDatabase(config({ port: 1, replica }), { ...access, replica: true })).toMatch(/MariaDB/);
  });

  it('fails where a table is broken or the connection goes during a dump', async () => {
    await server.sql('mysql', 'CREATE OR REPLACE DATABASE goes');
    await server.sql('goes', 'CREATE TABLE t AS SELECT seq, repeat(md5(seq), 100) FROM seq_1_to_20000');
    const reading = (async () => {
      for await (const { content } of databaseEntries(config({ databases: ['goes'] }), access)) {
        for await (const _ of content!) {
          await server
            .sql(
              'mysql',
              "SELECT concat('KILL ', id) INTO @k FROM information_schema.processlist WHERE db = 'goes' LIMIT 1; EXECUTE IMMEDIATE @k;",
            )
            .catch(() => undefined);
        }
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'network' });
  });
});
