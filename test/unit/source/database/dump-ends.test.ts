import { describe, expect, it } from 'vitest';
import { untilEnd } from '../../../../src/source/database/dump-end.ts';
import { databaseOf, dumpName } from '../../../../src/source/database/dump-name.ts';
import { excludedOf } from '../../../../src/source/database/excluded-tables.ts';
import { gunzipped, gzipped } from '../../../../src/source/database/gzip.ts';
import { untilRdbEnd } from '../../../../src/source/database/rdb-end.ts';
import { withoutEvents } from '../../../../src/source/database/without-events.ts';
import { chunksOf } from '../../../support/databases/dumps.ts';

async function whole(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** An empty database as Redis 7 dumps it, without what it says of itself. redis-check-rdb takes its checksum. */
const rdb = Buffer.concat([Buffer.from('REDIS0010'), Buffer.from('ffa9fd37fe89a77eeb', 'hex')]);

describe('the end of a dump', () => {
  it.each([1, 7, 10_000])('is seen wherever it is cut (%i bytes at a time)', async (bytes) => {
    const dump = Buffer.from(`${'row\n'.repeat(1000)}-- Dump completed on today\n`);
    expect((await whole(untilEnd(chunksOf(dump, bytes), '-- Dump completed'))).equals(dump)).toBe(true);
    const cut = whole(untilEnd(chunksOf(dump.subarray(0, -20), bytes), '-- Dump completed'));
    await expect(cut).rejects.toMatchObject({ code: 'corrupt' });
    const early = Buffer.from(`-- Dump completed${'row\n'.repeat(1000)}`);
    await expect(whole(untilEnd(chunksOf(early, bytes), '-- Dump completed'))).rejects.toThrow('cut');
  });

  it.each([1, 7, 10_000])('is that of Redis, without the mark of a stream (%i bytes at a time)', async (bytes) => {
    const mark = Buffer.from('0123456789abcdef0123456789abcdef01234567');
    expect(await whole(untilRdbEnd(chunksOf(rdb, bytes)))).toEqual(rdb);
    expect(await whole(untilRdbEnd(chunksOf(Buffer.concat([rdb, mark]), bytes)))).toEqual(rdb);
    const unchecked = Buffer.from(rdb).fill(0, rdb.length - 8);
    expect(await whole(untilRdbEnd(chunksOf(unchecked, bytes)))).toEqual(unchecked);
    const damaged = Buffer.from(rdb).fill(0x31, 6, 7);
    await expect(whole(untilRdbEnd(chunksOf(damaged, bytes)))).rejects.toThrow('its checksum is wrong');
    await expect(whole(untilRdbEnd(chunksOf(rdb.subarray(0, -1), bytes)))).rejects.toThrow('its end is not there');
    await expect(whole(untilRdbEnd(chunksOf(Buffer.alloc(0), bytes)))).rejects.toThrow('its end is not there');
  });

  it.each([1, 3, 10_000])('of MySQL stays when the events are taken out (%i bytes at a time)', async (bytes) => {
    const event = '/*!50106 CREATE*/ /*!50117 DEFINER=`a`@`b`*/ /*!50106 EVENT `e` DO\nBEGIN SELECT 1; END */ ;;\n';
    const text = `INSERT '\\n/*!50106 CREATE*/';\nDELIMITER ;;\n${event}SET a ;;\n${event}DELIMITER ;\n-- Dump completed\n`;
    const left = (await whole(withoutEvents(chunksOf(Buffer.from(text), bytes)))).toString();
    expect(left).toBe(text.replaceAll(event, ''));
  });

  it('is kept by packing, and so are errors', async () => {
    const dump = Buffer.from('row\n'.repeat(100_000));
    const packed = await whole(gzipped(chunksOf(dump)));
    expect(packed.length).toBeLessThan(dump.length / 50);
    expect(await whole(gzipped(chunksOf(dump)))).toEqual(packed);
    expect((await whole(gunzipped(chunksOf(packed, 100)))).equals(dump)).toBe(true);
    await expect(whole(gunzipped(chunksOf(packed.subarray(0, -9))))).rejects.toMatchObject({ code: 'corrupt' });
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('part');
      throw new Error('broken');
    }
    await expect(whole(gzipped(broken()))).rejects.toThrow('broken');
  });
});

describe('names', () => {
  it('of dumps are names of files, and lead back', () => {
    for (const name of ['app', 'a/b%2F', '%', 'ü', 'globals', '..']) {
      expect(dumpName(name, 'globals')).not.toMatch(/\/|^globals$/);
      expect(databaseOf(dumpName(name, 'globals'))).toBe(name);
    }
    expect(() => databaseOf('%zz')).toThrow('no name of a dump');
  });

  it('of excluded tables are of one database or of all', () => {
    const excluded = ['logs', 'app.cache', 'shop.carts', 'public.t'];
    expect(excludedOf('app', excluded, ['app', 'shop'])).toEqual(['logs', 'cache', 'public.t']);
    expect(excludedOf('shop', excluded, ['app', 'shop'])).toEqual(['logs', 'carts', 'public.t']);
  });
});
