import { describe, expect, it } from 'vitest';
import { type Id, idOf } from '../../../src/format/id.ts';
import { encodeTree, type Node } from '../../../src/format/tree.ts';
import type { Repository } from '../../../src/repository/repository.ts';
import { TreeReader, walkTree, walkUniqueTrees } from '../../../src/repository/trees.ts';
import { faultyBackend } from '../../support/faulty-backend.ts';
import { codeOf, memoryRepository, messageFrom, never, savePack } from './test-repository.ts';

function node(name: string, fields: Partial<Node> = {}): Node {
  const times = { mtimeNs: 0n, atimeNs: 0n, ctimeNs: 0n };
  return { name, type: 'file', mode: 0o644, ...times, uid: 0, gid: 0, size: 0, content: [], ...fields };
}

function folder(name: string, subtree: Id): Node {
  const times = { mtimeNs: 0n, atimeNs: 0n, ctimeNs: 0n };
  return { name, type: 'dir', mode: 0x8000_01ed, ...times, uid: 0, gid: 0, content: null, subtree };
}

/** Stores trees of any bytes, and has them in the loaded index. */
async function withTrees(trees: readonly Uint8Array[]): Promise<Repository> {
  const repository = await memoryRepository();
  const { packId, blobs } = await savePack(
    repository,
    trees.map((plain) => ({ type: 'tree', plain, compress: true })),
  );
  const index = await repository.loadIndex(never);
  const pack = index.addPack(packId);
  for (const blob of blobs) index.addBlob(pack, packId, blob);
  return repository;
}

const leaf = encodeTree([node('x'), node('y')]);
const middle = encodeTree([node('a'), folder('b', idOf(leaf)), node('c')]);
const root = encodeTree([folder('m', idOf(middle)), folder('n', idOf(leaf)), node('z')]);

async function paths(repository: Repository, from: Id, options: Partial<Parameters<typeof walkTree>[2]> = {}) {
  const found: string[] = [];
  const walk = walkTree(new TreeReader(repository), from, { signal: never, ...options });
  for await (const { path } of walk) found.push(path);
  return found;
}

describe('walkTree', () => {
  it('shows every node with its path, folders first, shared subtrees at each place', async () => {
    const repository = await withTrees([leaf, middle, root]);
    expect(await paths(repository, idOf(root))).toEqual([
      'm',
      'm/a',
      'm/b',
      'm/b/x',
      'm/b/y',
      'm/c',
      'n',
      'n/x',
      'n/y',
      'z',
    ]);
  });

  it('enters only what it is told to', async () => {
    const repository = await withTrees([leaf, middle, root]);
    const enter = ({ path }: { path: string }) => path !== 'm';
    expect(await paths(repository, idOf(root), { enter })).toEqual(['m', 'n', 'n/x', 'n/y', 'z']);
  });

  it('names a tree that is missing or damaged, or hands it over and goes on', async () => {
    const missing = idOf(Buffer.from('missing'));
    const garbage = Buffer.from('{"nodes":[{"name":".."}]}\n');
    const top = encodeTree([folder('g', idOf(garbage)), folder('h', missing), node('z')]);
    const repository = await withTrees([garbage, top]);
    expect(await codeOf(() => paths(repository, idOf(top)))).toBe('corrupt');
    expect(await messageFrom(() => paths(repository, idOf(top)))).toContain(idOf(garbage));
    const damaged: string[][] = [];
    const onDamaged = (path: string, treeId: Id) => damaged.push([path, treeId]);
    expect(await paths(repository, idOf(top), { onDamaged })).toEqual(['g', 'h', 'z']);
    expect(damaged).toEqual([
      ['g', idOf(garbage)],
      ['h', missing],
    ]);
    expect(await paths(repository, missing, { onDamaged })).toEqual([]);
    expect(damaged.at(-1)).toEqual(['', missing]);
  });

  it('walks 3,000 folders deep', async () => {
    const trees = [leaf];
    for (let depth = 0; depth < 3000; depth++) trees.push(encodeTree([folder('d', idOf(trees.at(-1)!))]));
    const repository = await withTrees(trees);
    const found = await paths(repository, idOf(trees.at(-1)!));
    expect(found).toHaveLength(3002);
    expect(found.at(-1)).toBe(`${'d/'.repeat(3000)}y`);
  });

  it('ends on a tree that contains itself', async () => {
    const id = idOf(Buffer.from('a tree that contains itself'));
    const repository = await withTrees([leaf]);
    repository.readBlob = async () => encodeTree([folder('again', id)]);
    expect(await codeOf(() => paths(repository, id))).toBe('corrupt');
    expect(await messageFrom(() => paths(repository, id))).toContain('contains itself');
  });

  it('stops when cancelled', async () => {
    const repository = await withTrees([leaf, middle, root]);
    const controller = new AbortController();
    const walk = walkTree(new TreeReader(repository), idOf(root), { signal: controller.signal });
    expect((await walk.next()).value?.path).toBe('m');
    controller.abort(new Error('stop'));
    await expect(walk.next()).rejects.toThrow('stop');
  });
});

describe('walkUniqueTrees', () => {
  it('visits each tree once, over several calls too', async () => {
    const repository = await withTrees([leaf, middle, root]);
    const visited: Id[] = [];
    const seen = new Set<Id>();
    const options = { signal: never, seen };
    await walkUniqueTrees(repository, [idOf(middle), idOf(middle)], options, (id) => visited.push(id));
    await walkUniqueTrees(repository, [idOf(root), idOf(leaf)], options, (id) => visited.push(id));
    expect(visited.sort()).toEqual([idOf(leaf), idOf(middle), idOf(root)].sort());
  });

  it('ends quickly on folders whose paths double at each level', async () => {
    const trees = [leaf];
    for (let level = 0; level < 60; level++) {
      const below = idOf(trees.at(-1)!);
      trees.push(encodeTree([folder('a', below), folder('b', below)]));
    }
    const repository = await withTrees(trees);
    let count = 0;
    await walkUniqueTrees(repository, [idOf(trees.at(-1)!)], { signal: never }, () => count++);
    expect(count).toBe(61);
  });

  it('takes another copy of a tree whose pack is damaged or gone', async () => {
    for (const harm of ['damage', 'remove'] as const) {
      const repository = await withTrees([leaf, middle, root]);
      const [gone] = [...repository.index.packIds()];
      const copy = await savePack(
        repository,
        [node('more'), node('and more')].map((one) => ({ type: 'tree', plain: encodeTree([one]) })),
      );
      const copies = await savePack(
        repository,
        [leaf, middle, root].map((plain) => ({ type: 'tree', plain })),
      );
      for (const { packId, blobs } of [copy, copies]) {
        const pack = repository.index.addPack(packId);
        for (const blob of blobs) repository.index.addBlob(pack, packId, blob);
      }
      const handle = { type: 'data', name: gone! } as const;
      const bytes = await repository.backend.read(handle, never);
      await repository.backend.remove(handle, never);
      if (harm === 'damage') await repository.backend.save(handle, bytes.fill(1, 20, bytes.length - 500), never);
      const visited: Id[] = [];
      await walkUniqueTrees(repository, [idOf(root)], { signal: never }, (id) => visited.push(id));
      expect(visited.sort()).toEqual([idOf(leaf), idOf(middle), idOf(root)].sort());
      expect(await paths(repository, idOf(root))).toHaveLength(10);
    }
  });

  it('reads the trees of a pack together', async () => {
    const leaves = Array.from({ length: 200 }, (_, index) => encodeTree([node(`f${index}`)]));
    const top = encodeTree(leaves.map((tree, index) => folder(`d${String(index).padStart(3, '0')}`, idOf(tree))));
    const repository = await withTrees([...leaves, top]);
    const backend = faultyBackend(repository.backend);
    Object.assign(repository, { backend });
    const reads = () => backend.calls.filter((call) => call.startsWith('readRange')).length;
    let count = 0;
    await walkUniqueTrees(repository, [idOf(top)], { signal: never }, () => count++);
    expect([count, reads()]).toEqual([201, 2]);
    expect(await paths(repository, idOf(top))).toHaveLength(400);
    expect(reads()).toBe(4);
  });

  it('throws what a visitor throws, and hands damaged trees over', async () => {
    const missing = idOf(Buffer.from('missing'));
    const top = encodeTree([folder('g', missing), folder('l', idOf(leaf))]);
    const repository = await withTrees([leaf, top]);
    const visit = () => undefined;
    expect(await codeOf(() => walkUniqueTrees(repository, [idOf(top)], { signal: never }, visit))).toBe('not-found');
    const damaged: Id[] = [];
    const visited: Id[] = [];
    const options = { signal: never, onDamaged: (id: Id) => damaged.push(id) };
    await walkUniqueTrees(repository, [idOf(top)], options, (id) => visited.push(id));
    expect(damaged).toEqual([missing]);
    expect(visited).toEqual([idOf(top), idOf(leaf)]);
    const failing = walkUniqueTrees(repository, [idOf(leaf)], { signal: never }, () => {
      throw new Error('enough');
    });
    await expect(failing).rejects.toThrow('enough');
  });
});

describe('TreeReader', () => {
  it('reads a tree once while it is in the cache, and forgets the least used', async () => {
    const repository = await withTrees([leaf, middle, root]);
    const watched = faultyBackend(repository.backend);
    Object.assign(repository, { backend: watched });
    const reads = () => watched.calls.filter((call) => call.startsWith('readRange')).length;
    const reader = new TreeReader(repository, { cacheBytes: 2 * Math.max(leaf.length, middle.length, root.length) });
    await reader.load(idOf(leaf), never);
    await reader.load(idOf(middle), never);
    expect(await reader.load(idOf(leaf), never)).toHaveLength(2);
    expect(reads()).toBe(2);
    await reader.load(idOf(root), never);
    await reader.load(idOf(leaf), never);
    expect(reads()).toBe(3);
    await reader.load(idOf(middle), never);
    expect(reads()).toBe(4);
  });
});
