import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { idOf, idToBytes } from '../../../src/format/id.ts';
import { BlobTable } from '../../../src/repository/blob-table.ts';
import { codeOf } from './test-repository.ts';

const idAt = (number: number): string => idOf(Buffer.from(`blob ${number}`));

describe('claiming', () => {
  it('says once that a blob is new, whatever form its id comes in', () => {
    const table = BlobTable.create();
    const id = idAt(1);
    const bytes = Buffer.concat([Buffer.alloc(3), idToBytes(id)]);
    const first = table.claim('data', id);
    expect(first).toEqual({ entry: 0, fresh: true });
    expect(table.claim('data', id)).toEqual({ entry: 0, fresh: false });
    expect(table.claimBytes('data', bytes, 3)).toEqual({ entry: 0, fresh: false });
    expect(table.claimDigest('data', Buffer.from(idToBytes(id)).toString('latin1'))).toEqual({
      entry: 0,
      fresh: false,
    });
    expect(table.find('data', id)).toBe(0);
    expect(table.findBytes('data', bytes, 3)).toBe(0);
    expect(table.find('data', idAt(2))).toBe(-1);
    expect(table.id(0)).toBe(id);
    expect(table.size).toBe(1);
  });

  it('keeps data and tree of the same id apart', () => {
    const table = BlobTable.create();
    expect(table.claim('data', idAt(1)).fresh).toBe(true);
    expect(table.find('tree', idAt(1))).toBe(-1);
    expect(table.claim('tree', idAt(1))).toEqual({ entry: 1, fresh: true });
    expect([table.type(0), table.type(1)]).toEqual(['data', 'tree']);
    // Also where a search for the one comes past the other.
    for (let round = 0; round < 3; round++) {
      const full = BlobTable.create({ maxBlobs: 4096 });
      const ids = Array.from({ length: 3000 }, (_, number) => idAt(round * 3000 + number));
      for (const id of ids) full.claim('data', id);
      expect(ids.filter((id) => full.find('tree', id) >= 0)).toEqual([]);
    }
  });
});

describe('a place', () => {
  it('is unknown while pending; then has the values of all fields, to their largest', () => {
    const table = BlobTable.create();
    const { entry } = table.claim('tree', idAt(1));
    expect(table.isPending(entry)).toBe(true);
    expect(table.location(entry)).toBeUndefined();
    expect(table.location(-1)).toBeUndefined();
    const packId = idAt(99);
    const pack = table.addPack();
    table.setLocation(entry, pack, 0xffff_fffe, 0x7fff_ffff, 0xffff_ffff);
    table.setPackId(pack, idToBytes(packId));
    expect(table.location(entry)).toEqual({
      packId,
      offset: 0xffff_fffe,
      length: 0x7fff_ffff,
      uncompressedLength: 0xffff_ffff,
    });
    expect(table.type(entry)).toBe('tree');
    table.setLocation(entry, pack, 5, 132, 0);
    expect(table.location(entry)).toEqual({ packId, offset: 5, length: 132, uncompressedLength: undefined });
    expect(table.plainLength(entry)).toBe(100);
    expect(table.type(entry)).toBe('tree');
  });

  it('packs are numbered, and keep their ids when many are added', () => {
    const table = BlobTable.create();
    for (let pack = 0; pack < 3000; pack++) expect(table.addPack(idToBytes(idAt(pack)))).toBe(pack);
    for (const pack of [0, 1023, 1024, 2999]) expect(table.packId(pack)).toBe(idAt(pack));
  });
});

describe('growing', () => {
  it('keeps every blob through many doublings, at no more than 64 bytes each', () => {
    const table = BlobTable.create();
    const other = BlobTable.attach(table.shared); // grown by one, read by the other
    const count = 150_000;
    const ids = Array.from({ length: count }, (_, number) => idAt(number));
    for (const [number, id] of ids.entries()) {
      const { entry, fresh } = (number % 2 === 0 ? table : other).claim(number % 3 === 0 ? 'tree' : 'data', id);
      if (!fresh || entry !== number) throw new Error(`blob ${number} came out as ${entry}`);
    }
    for (const view of [table, other]) {
      const found = ids.every((id, number) => view.find(number % 3 === 0 ? 'tree' : 'data', id) === number);
      expect(found).toBe(true);
      expect(ids.some((id, number) => view.find(number % 3 === 0 ? 'data' : 'tree', id) >= 0)).toBe(false);
    }
    expect(table.memoryBytes / count).toBeLessThanOrEqual(64);
  });

  it('past what was reserved is an error that says so, and leaves the table usable', async () => {
    const table = BlobTable.create({ maxBlobs: 4096 });
    const fill = (): void => {
      for (let number = 0; number < 10_000; number++) table.claim('data', idAt(number));
    };
    expect(await codeOf(fill)).toBe('internal');
    expect(table.size).toBe(4096);
    expect(table.find('data', idAt(4095))).toBe(4095);
    expect(table.find('data', idAt(4096))).toBe(-1);
  });
});

describe('threads', () => {
  it('that claim the same blobs at once each get some, and every blob is new for one only', async () => {
    const table = BlobTable.create();
    const count = 20_000;
    const code = `
      import { parentPort, workerData } from 'node:worker_threads';
      import { createHash } from 'node:crypto';
      const { BlobTable } = await import(workerData.module);
      const table = BlobTable.attach(workerData.table);
      const fresh = [];
      for (let number = 0; number < workerData.count; number++) {
        const digest = createHash('sha256').update('blob ' + number).digest();
        const claim = table.claimBytes('data', digest);
        if (claim.fresh) fresh.push(number);
      }
      parentPort.postMessage(fresh);
    `;
    const module = new URL('../../../src/repository/blob-table.ts', import.meta.url).href;
    const entry = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    const run = (): Promise<number[]> =>
      new Promise((resolve, reject) => {
        const worker = new Worker(entry, { workerData: { module, table: table.shared, count } });
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    const claimed = await Promise.all([run(), run()]);
    const all = claimed.flat();
    expect(all).toHaveLength(count);
    expect(new Set(all).size).toBe(count);
    expect(table.size).toBe(count);
    for (const number of [0, 777, count - 1]) expect(table.id(table.find('data', idAt(number)))).toBe(idAt(number));
  });
});
