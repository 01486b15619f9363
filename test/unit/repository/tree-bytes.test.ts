import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { IndexSaver } from '../../../src/repository/index-saver.ts';
import type { Repository } from '../../../src/repository/repository.ts';
import { TreeBytes } from '../../../src/repository/tree-bytes.ts';
import { type FaultyBackend, fail, faultyBackend, flipBit } from '../../support/faulty-backend.ts';
import { seededRandom } from '../../support/random.ts';
import { codeOf, memoryRepository, never, savePack } from './test-repository.ts';

/** Packs of three trees each, indexed. */
async function withTrees(
  packs: number,
): Promise<{ backend: FaultyBackend; repository: Repository; ids: string[]; packIds: string[] }> {
  const backend = faultyBackend(memoryBackend());
  const repository = await memoryRepository({ backend });
  const saver = new IndexSaver(repository);
  const ids: string[] = [];
  const packIds: string[] = [];
  for (let pack = 0; pack < packs; pack++) {
    const plain = [0, 1, 2].map((tree) => seededRandom(`${pack}/${tree}`).text(2000 + tree));
    const saved = await savePack(
      repository,
      plain.map((bytes) => ({ type: 'tree', plain: bytes, compress: true })),
    );
    saver.addPack(saved.packId, saved.blobs);
    ids.push(...saved.blobs.map(({ id }) => id));
    packIds.push(saved.packId);
  }
  await saver.flush(never);
  await repository.loadIndex(never);
  return { backend, repository, ids, packIds };
}

const reads = (backend: FaultyBackend): number =>
  backend.calls.filter((call) => /^read(Range)? data/.test(call)).length;
const same = async (trees: TreeBytes, repository: Repository, id: string): Promise<boolean> =>
  Buffer.from(await trees.load(id, never)).equals(await repository.readBlob('tree', id, never));

describe('TreeBytes', () => {
  it('reads a pack once, and gives its other trees without waiting', async () => {
    const { backend, repository, ids } = await withTrees(2);
    const trees = new TreeBytes(repository);
    await trees.load(ids[0]!, never);
    const before = reads(backend);
    expect(trees.load(ids[1]!, never)).toBeInstanceOf(Uint8Array);
    expect(trees.load(ids[2]!, never)).toBeInstanceOf(Uint8Array);
    expect(reads(backend)).toBe(before);
    for (const id of ids) expect(await same(trees, repository, id)).toBe(true);
  });

  it('gives each caller bytes of its own', async () => {
    const { repository, ids } = await withTrees(1);
    const trees = new TreeBytes(repository);
    const first = await trees.load(ids[0]!, never);
    const before = Buffer.from(first);
    await trees.load(ids[1]!, never);
    expect(before.equals(first)).toBe(true);
    first.fill(0);
    expect(await same(trees, repository, ids[0]!)).toBe(true);
  });

  it('many at once ask for a pack only once, and the cache stays bounded', async () => {
    const { backend, repository, ids } = await withTrees(6);
    const sizes = await Promise.all(
      [...repository.index.packIds()].map(
        async (name) => (await backend.stat({ type: 'data', name }, never)).sizeBytes,
      ),
    );
    const trees = new TreeBytes(repository, { cacheBytes: Math.max(...sizes) * 2 });
    await Promise.all(ids.map(async (id) => trees.load(id, never)));
    expect(reads(backend)).toBeGreaterThanOrEqual(6);
    expect(reads(backend)).toBeLessThanOrEqual(18);
    for (const id of ids) expect(await same(trees, repository, id)).toBe(true);
    const all = new TreeBytes(repository);
    const before = reads(backend);
    await Promise.all(ids.map(async (id) => all.load(id, never)));
    expect(reads(backend) - before).toBe(6);
  });

  it('a pack too large for the cache is read tree by tree', async () => {
    const { repository, ids } = await withTrees(1);
    const trees = new TreeBytes(repository, { cacheBytes: 100 });
    for (const id of ids) expect(await same(trees, repository, id)).toBe(true);
    expect(trees.load(ids[0]!, never)).toBeInstanceOf(Promise);
  });

  it.each(['missing', 'damaged', 'unreadable'])(
    'a copy in another pack is found where the first is %s',
    async (how) => {
      const { backend, repository, ids, packIds } = await withTrees(1);
      const copies = [0, 1, 2].map((tree) => ({
        type: 'tree' as const,
        plain: seededRandom(`0/${tree}`).text(2000 + tree),
      }));
      const second = await savePack(repository, copies);
      const pack = repository.index.addPack(second.packId);
      for (const blob of second.blobs) repository.index.addBlob(pack, second.packId, blob);
      const first = { type: 'data', name: packIds[0]! } as const;
      if (how === 'missing') await backend.remove(first, never);
      if (how === 'damaged') {
        for (const call of ['read', 'readRange'] as const) backend.plant({ call, type: 'data', effect: flipBit(800) });
      }
      if (how === 'unreadable') backend.plant({ call: 'stat', type: 'data', effect: fail('io') });
      const trees = new TreeBytes(repository);
      expect(Buffer.from(await trees.load(ids[0]!, never)).equals(copies[0]!.plain)).toBe(true);
    },
  );

  it('says what is wrong with the only copy, and gives the reason of a cancel', async () => {
    const { backend, repository, ids, packIds } = await withTrees(1);
    const trees = new TreeBytes(repository);
    await expect(async () => trees.load(ids[0]!, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    await backend.remove({ type: 'data', name: packIds[0]! }, never);
    expect(await codeOf(() => trees.load(ids[0]!, never))).toBe('not-found');
    expect(await codeOf(() => trees.load('ab'.repeat(32), never))).toBe('not-found');
  });
});
