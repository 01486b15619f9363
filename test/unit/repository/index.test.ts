import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Id, idOf, idToBytes } from '../../../src/format/id.ts';
import type { PackedBlob } from '../../../src/format/pack-header.ts';
import { BlobTable } from '../../../src/repository/blob-table.ts';
import { IndexSaver } from '../../../src/repository/index-saver.ts';
import type { Repository } from '../../../src/repository/repository.ts';
import { fail, faultyBackend, truncate } from '../../support/faulty-backend.ts';
import { codeOf, memoryRepository, messageFrom, namesOf, never } from './test-repository.ts';

const anId = (): Id => idOf(randomBytes(8));

/** A pack of made-up blobs, back to back. */
function madeUpPack(count: number, type: 'data' | 'tree' = 'data'): { id: Id; blobs: PackedBlob[] } {
  const blobs = Array.from({ length: count }, (_, index): PackedBlob => {
    const place = { type, id: anId(), offset: index * 100, length: 100 };
    return index % 2 === 0 ? { ...place, uncompressedLength: 300 } : place;
  });
  return { id: anId(), blobs };
}

async function saveIndexJson(repository: Repository, json: unknown): Promise<Id> {
  return repository.saveUnpacked('index', Buffer.from(JSON.stringify(json)), never);
}

describe('IndexSaver and loadIndex', () => {
  it.each([1, 2] as const)('give back every blob and its place, in format %i', async (version) => {
    const repository = await memoryRepository({ version });
    const packs = [madeUpPack(7), madeUpPack(1, 'tree'), madeUpPack(30)];
    const saver = new IndexSaver(repository);
    for (const { id, blobs } of packs) saver.addPack(id, blobs);
    const [file, ...others] = await saver.flush(never);
    expect(others).toEqual([]);
    const index = await repository.loadIndex(never);
    expect([...index.files]).toEqual([file]);
    expect(index.blobs.size).toBe(38);
    expect(new Set(index.packIds())).toEqual(new Set(packs.map(({ id }) => id)));
    for (const { id: packId, blobs } of packs) {
      for (const { type, id, offset, length, uncompressedLength } of blobs) {
        expect(index.locations(type, id)).toEqual([{ packId, offset, length, uncompressedLength }]);
      }
    }
    const byPack = index.blobsByPack();
    for (const { id, blobs } of packs) expect(byPack.get(id)).toEqual(blobs);
  });

  it('reads as many files at once as the store takes, and no more', async () => {
    const repository = await memoryRepository();
    const { backend } = repository;
    for (let file = 0; file < 50; file++) await saveIndexJson(repository, { packs: [madeUpPack(2)] });
    let now = 0;
    let most = 0;
    let reads = 0;
    const read = backend.read.bind(backend);
    backend.read = async (...asked) => {
      most = Math.max(most, ++now);
      reads++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
      return read(...asked);
    };
    expect((await repository.loadIndex(never)).blobs.size).toBe(100);
    expect([most, reads]).toEqual([backend.connections, 50]);
  });

  it('splits files at the limit, but never a pack', async () => {
    const repository = await memoryRepository();
    const saver = new IndexSaver(repository, { maxBlobs: 10 });
    for (const count of [4, 4, 4, 25, 9, 1, 1]) {
      const { id, blobs } = madeUpPack(count);
      saver.addPack(id, blobs);
    }
    const ids = await saver.flush(never);
    const counts: number[] = [];
    for (const id of ids) {
      const json = JSON.parse(Buffer.from(await repository.readUnpacked('index', id, never)).toString());
      counts.push(json.packs.flatMap((pack: { blobs: unknown[] }) => pack.blobs).length);
    }
    expect(counts).toEqual([8, 4, 25, 10, 1]);
    expect((await repository.loadIndex(never)).blobs.size).toBe(48);
  });

  it('writes only full files when asked to, and nothing when there is nothing', async () => {
    const repository = await memoryRepository();
    const saver = new IndexSaver(repository, { maxBlobs: 10 });
    expect(await saver.flush(never)).toEqual([]);
    const add = (count: number) => {
      const { id, blobs } = madeUpPack(count);
      saver.addPack(id, blobs);
    };
    add(6);
    expect(await saver.saveFull(never)).toEqual([]);
    add(6);
    expect(await saver.saveFull(never)).toHaveLength(1);
    expect(saver.pendingBlobs).toBe(6);
    expect(await namesOf(repository.backend, 'index')).toHaveLength(1);
  });

  it('keeps what could not be saved for the next time', async () => {
    const { backend } = await memoryRepository();
    const faulty = faultyBackend(backend);
    const repository = Object.assign(await memoryRepository(), { backend: faulty });
    const refused = new IndexSaver(repository, { commit: () => Promise.reject(new Error('lock lost')) });
    const saver = new IndexSaver(repository);
    const pack = madeUpPack(3);
    for (const each of [refused, saver]) each.addPack(pack.id, pack.blobs);
    await expect(refused.flush(never)).rejects.toThrow('lock lost');
    expect(await namesOf(backend, 'index')).toEqual([]);
    faulty.plant({ call: 'save', type: 'index', effect: fail('network') });
    expect(await codeOf(() => saver.flush(never))).toBe('network');
    expect(saver.pendingBlobs).toBe(3);
    expect(await saver.flush(never)).toHaveLength(1);
    expect((await repository.loadIndex(never)).blobs.size).toBe(3);
  });

  it('describes entries of a blob table', async () => {
    const repository = await memoryRepository();
    const table = BlobTable.create({ maxBlobs: 100 });
    const { id: packId, blobs } = madeUpPack(4);
    const pack = table.addPack();
    const entries = blobs.map(({ type, id, offset, length, uncompressedLength }) => {
      const { entry } = table.claim(type, id);
      table.setLocation(entry, pack, offset, length, uncompressedLength ?? 0);
      return entry;
    });
    table.setPackId(pack, idToBytes(packId));
    const saver = new IndexSaver(repository);
    saver.addEntries(table, pack, entries);
    await saver.flush(never);
    expect((await repository.loadIndex(never)).blobsByPack()).toEqual(new Map([[packId, blobs]]));
  });
});

describe('loadIndex', () => {
  it('takes the same said twice for once, and a second copy for a duplicate', async () => {
    const repository = await memoryRepository();
    const one = madeUpPack(3);
    const copy = { id: anId(), blobs: one.blobs };
    for (const packs of [[one], [one], [one, copy]]) {
      const saver = new IndexSaver(repository);
      for (const { id, blobs } of packs) saver.addPack(id, blobs);
      await saver.flush(never);
    }
    const index = await repository.loadIndex(never);
    expect(index.files.size).toBe(3);
    expect(index.blobs.size).toBe(3);
    expect(index.duplicates.size).toBe(3);
    for (const { id } of one.blobs) {
      expect(
        index
          .locations('data', id)
          .map(({ packId }) => packId)
          .sort(),
      ).toEqual([one.id, copy.id].sort());
    }
    expect([...index.blobsByPack().values()].map((blobs) => blobs.length)).toEqual([3, 3]);
  });

  it('knows data and trees of the same id apart', async () => {
    const repository = await memoryRepository();
    const id = anId();
    const [data, tree] = [madeUpPack(0), madeUpPack(0, 'tree')];
    data.blobs.push({ type: 'data', id, offset: 0, length: 50 });
    tree.blobs.push({ type: 'tree', id, offset: 0, length: 60 });
    const saver = new IndexSaver(repository);
    saver.addPack(data.id, data.blobs);
    saver.addPack(tree.id, tree.blobs);
    await saver.flush(never);
    const index = await repository.loadIndex(never);
    expect(index.lookup('data', id)?.length).toBe(50);
    expect(index.lookup('tree', id)?.length).toBe(60);
    expect(index.duplicates.size).toBe(0);
  });

  it('names damaged files, or hands them over and loads the rest', async () => {
    const repository = await memoryRepository();
    const pack = madeUpPack(5);
    const saver = new IndexSaver(repository);
    saver.addPack(pack.id, pack.blobs);
    await saver.flush(never);
    const blob = { id: anId(), type: 'data', offset: 0, length: 100 };
    const bad = [
      'not an index',
      { packs: 7 },
      { packs: [{ id: 'x', blobs: [] }] },
      { packs: [{ id: anId(), blobs: [{ ...blob, type: 'other' }] }] },
      { packs: [{ id: anId(), blobs: [{ ...blob, length: 31 }] }] },
      { packs: [{ id: anId(), blobs: [{ ...blob, length: 2 ** 31 }] }] },
      { packs: [{ id: anId(), blobs: [{ ...blob, offset: 2 ** 32 - 50 }] }] },
      { packs: [{ id: anId(), blobs: [{ ...blob, offset: -1 }] }] },
    ];
    const names: Id[] = [];
    for (const json of bad) {
      const name = await saveIndexJson(repository, json);
      names.push(name);
      const alone = await messageFrom(() => repository.loadIndex(never));
      expect(names.some((each) => alone.includes(each))).toBe(true);
    }
    const damaged: Id[] = [];
    const index = await repository.loadIndex(never, { onDamaged: (id) => damaged.push(id) });
    expect(damaged.sort()).toEqual(names.sort());
    for (const { type, id } of pack.blobs) expect(index.has(type, id)).toBe(true);
    expect(index.files.size).toBe(1);
  });

  it('fails when files cannot be listed or read, whoever takes damaged ones', async () => {
    const { backend, key, keyId, config } = await memoryRepository();
    const repository = Object.assign(await memoryRepository(), { key, keyId, config });
    const pack = madeUpPack(5);
    const sound = Object.assign(await memoryRepository(), { backend, key });
    const saver = new IndexSaver(sound);
    saver.addPack(pack.id, pack.blobs);
    await saver.flush(never);
    for (const call of ['list', 'read'] as const) {
      Object.assign(repository, {
        backend: faultyBackend(backend, [{ call, type: 'index', effect: fail('network') }]),
      });
      expect(await codeOf(() => repository.loadIndex(never, { onDamaged: () => undefined }))).toBe('network');
    }
    const short = faultyBackend(backend, [{ call: 'read', type: 'index', times: 2, effect: truncate(100) }]);
    Object.assign(repository, { backend: short });
    expect(await codeOf(() => repository.loadIndex(never))).toBe('corrupt');
  });

  it('survives any JSON', async () => {
    const repository = await memoryRepository();
    await fc.assert(
      fc.asyncProperty(fc.json(), async (json) => {
        const id = await repository.saveUnpacked('index', Buffer.from(json), never);
        expect(['corrupt', 'no error']).toContain(await codeOf(() => repository.loadIndex(never)));
        await repository.removeFile('index', id, never);
      }),
      { numRuns: 60 },
    );
  });

  it('tells its progress', async () => {
    const repository = await memoryRepository();
    for (let file = 0; file < 5; file++) await saveIndexJson(repository, { packs: [], file });
    const steps: string[] = [];
    await repository.loadIndex(never, { onProgress: (done, total) => steps.push(`${done}/${total}`) });
    expect(steps).toEqual(['1/5', '2/5', '3/5', '4/5', '5/5']);
  });
});
