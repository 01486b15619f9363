import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { restoreDatabase, testDatabase, verifyDatabaseDump } from '../../../src/source/mod.ts';
import { argumentsDuring, chunksOf, databaseConfig, dumpsOf } from '../../support/databases/dumps.ts';
import { type RedisServer, startRedis } from '../../support/databases/redis.ts';
import { requireTool } from '../../support/tools.ts';

const signal = new AbortController().signal;
const password = 'quite"secret"\\1';

const keys = [
  'SET words "F\\xc3\\xbc\\x00\\r\\n\\xff"',
  'SET soon 1 EX 1000',
  'RPUSH list a b c "\\x00"',
  'HSET hash a 1 b 2',
  'ZADD scores 1.5 a inf b',
  'SADD set x y',
  'XADD stream 1-1 field value',
  'XGROUP CREATE stream readers 0',
  'PFADD visitors a b c',
  "EVAL \"for n = 1, 20000 do redis.call('SET', 'k' .. n, string.rep('v', n % 500)) end\" 0",
  'FUNCTION LOAD "#!lua name=lib\\nredis.register_function(\'one\', function() return 1 end)"',
  'SELECT 3',
  'SET elsewhere yes',
].join('\n');
const looks = ['GET words', 'LRANGE list 0 -1', 'HGETALL hash', 'ZRANGE scores 0 -1 WITHSCORES', 'XRANGE stream - +'];
const look = [
  ...looks,
  'PFCOUNT visitors',
  'XINFO GROUPS stream',
  'DBSIZE',
  'GET k777',
  'FCALL one 0',
  'SELECT 3',
  'KEYS *',
];

describe.skipIf(requireTool('redis-server') === undefined)('a Redis server as a source', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis(password);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    await server.ask(`FLUSHALL\nFUNCTION FLUSH\n${keys}`);
  });
  const config = (more: Record<string, unknown> = {}) =>
    databaseConfig({ engine: 'redis', port: server.port, passwordSecret: 'redis', ...more });
  const access = { password, signal };
  const state = () => server.ask(look.join('\n'));
  const privateFolders = () => readdirSync(tmpdir()).filter((name) => /^holdfast-\w{6}$/.test(name));

  it.each([
    ['yes', true],
    ['no', false],
  ])('comes back as it was, in a running server (diskless: %s)', async (diskless, gzip) => {
    await server.ask(`CONFIG SET repl-diskless-sync ${diskless}`);
    const before = await state();
    expect(before).toContain('elsewhere');
    const dumps = await dumpsOf(config(), { ...access, gzip });
    const [[entryPath, content]] = [...dumps] as [[string, Buffer]];
    expect(entryPath).toBe(`/redis/dump.rdb${gzip ? '.gz' : ''}`);
    await server.ask('DEL hash\nRPUSH list more\nSET newer 1\nFUNCTION FLUSH');
    const folders = privateFolders();
    await restoreDatabase(config(), { entryPath, content: chunksOf(content), ...access });
    expect(await state()).toBe(before);
    expect(Number(await server.ask('TTL soon'))).toBeGreaterThan(900);
    expect(privateFolders()).toEqual(folders);
  });

  it('is of one moment, while others write', async () => {
    await server.ask('SET from 100\nSET to 100');
    let isOver = false;
    const writing = (async () => {
      while (!isOver) await server.ask(Array(200).fill('MULTI\nDECR from\nINCR to\nEXEC').join('\n'));
    })();
    const dump = (await dumpsOf(config(), access)).get('/redis/dump.rdb')!;
    isOver = true;
    await writing;
    await restoreDatabase(config(), { entryPath: 'dump.rdb', content: chunksOf(dump), ...access });
    const [from, to] = (await server.ask('GET from\nGET to')).split('\n').map(Number) as [number, number];
    expect(from + to).toBe(200);
  });

  it.each([
    ['cut', (dump: Buffer) => dump.subarray(0, -3)],
    ['cut in the middle', (dump: Buffer) => dump.subarray(0, dump.length / 2)],
    ['damaged', (dump: Buffer) => Buffer.from(dump).fill(0x55, 3000, 3001)],
    ['something else', () => Buffer.from('SET a b')],
  ])('stays as it was where a dump is %s', async (_, damage) => {
    const before = await state();
    const dump = (await dumpsOf(config(), access)).get('/redis/dump.rdb')!;
    const content = chunksOf(damage(dump));
    await expect(restoreDatabase(config(), { entryPath: 'dump.rdb', content, ...access })).rejects.toMatchObject({
      code: 'corrupt',
    });
    const proof = { entryPath: 'dump.rdb', ...access };
    await verifyDatabaseDump(config(), { ...proof, content: chunksOf(dump) });
    const failed = verifyDatabaseDump(config(), { ...proof, content: chunksOf(damage(dump)) });
    await expect(failed).rejects.toMatchObject({ code: 'corrupt' });
    expect(await state()).toBe(before);
  });

  it('stays as it was where the server refuses a part', async () => {
    const dump = (await dumpsOf(config(), access)).get('/redis/dump.rdb')!;
    await server.ask('SET newer 1\nCONFIG SET maxmemory 1');
    const restoring = restoreDatabase(config(), { entryPath: 'dump.rdb', content: chunksOf(dump), ...access });
    await expect(restoring).rejects.toMatchObject({ code: 'io' });
    expect(await server.ask('CONFIG SET maxmemory 0\nGET newer')).toBe('OK\n1');
  });

  it('shows its password to nobody', async () => {
    const seen = await argumentsDuring(
      (line) => /redis-/.test(line),
      () => dumpsOf(config({ user: 'default' }), access),
    );
    expect(seen.join('\n')).toContain('--rdb');
    expect(seen.join('\n')).not.toContain('secret');
  });

  it('says what is wrong', async () => {
    expect(await testDatabase(config(), access)).toMatch(/^\d+\./);
    const wrong = dumpsOf(config(), { password: 'wrong-password', signal });
    await expect(wrong).rejects.toMatchObject({ code: 'unauthenticated', hint: expect.stringContaining('127.0.0.1') });
    await expect(wrong).rejects.not.toThrow('wrong-password');
    await expect(testDatabase(config(), { password: 'wrong-password', signal })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    await expect(testDatabase(config(), { signal })).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(dumpsOf(config({ port: 1 }), access)).rejects.toMatchObject({ code: 'network', retry: 'backoff' });
    expect(() => config({ excludedTables: ['a'] })).toThrow('Redis has no tables');
  });
});
