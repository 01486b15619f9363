import { describe, expect, it } from 'vitest';
import { idOf } from '../../../../src/format/id.ts';
import { type FindNodesOptions, NodeFinder } from '../../../../src/repository/query/find-nodes.ts';
import { ObjectFinder, objectsInPacks } from '../../../../src/repository/query/find-objects.ts';
import type { Repository } from '../../../../src/repository/repository.ts';
import { TreeReader } from '../../../../src/repository/trees.ts';
import { codeOf, memoryRepository, namesOf, never } from '../test-repository.ts';
import { type Folder, item, storeTree } from './stored-tree.ts';

const home: Folder = {
  'Notes.TXT': 'n',
  docs: { 'a.txt': 'same', deep: { 'b.txt': 'b', 'c.bin': 'c' } },
  old: { 'a.txt': 'same' },
  'z.txt': item({ mtimeNs: 1_000n }, 'z'),
};

function unexpected(_: string, error: Error): never {
  throw error;
}

async function found(repository: Repository, root: string, options: Partial<FindNodesOptions>): Promise<string[]> {
  const finder = new NodeFinder(new TreeReader(repository), {
    patterns: ['*'],
    ignoreCase: false,
    onDamaged: unexpected,
    ...options,
  });
  return (await Array.fromAsync(finder.find(root, never))).map(({ path }) => path);
}

describe('NodeFinder', () => {
  it.each<[string, Partial<FindNodesOptions>, string[]]>([
    ['a name', { patterns: ['*.txt'] }, ['/docs/a.txt', '/docs/deep/b.txt', '/old/a.txt', '/z.txt']],
    [
      'a name in any case',
      { patterns: ['*.txt'], ignoreCase: true },
      ['/Notes.TXT', '/docs/a.txt', '/docs/deep/b.txt', '/old/a.txt', '/z.txt'],
    ],
    ['a folder with what is in it', { patterns: ['deep'] }, ['/docs/deep', '/docs/deep/b.txt', '/docs/deep/c.bin']],
    ['a path', { patterns: ['/docs/*'] }, ['/docs/a.txt', '/docs/deep', '/docs/deep/b.txt', '/docs/deep/c.bin']],
    ['one of several', { patterns: ['/absent', 'c.*'] }, ['/docs/deep/c.bin']],
    ['what is new', { patterns: ['*'], oldestNs: 1_000n }, ['/z.txt']],
    ['what is old', { patterns: ['*.txt'], newestNs: 999n }, ['/docs/a.txt', '/docs/deep/b.txt', '/old/a.txt']],
    ['nothing', { patterns: ['absent'] }, []],
  ])('finds %s', async (_, options, expected) => {
    const repository = await memoryRepository();
    expect(await found(repository, await storeTree(repository, home), options)).toEqual(expected);
  });

  it('reads what two snapshots share once, and finds it in both', async () => {
    const repository = await memoryRepository();
    const first = await storeTree(repository, home);
    const second = await storeTree(repository, { ...home, new: { 'd.txt': 'd' } });
    const reader = new TreeReader(repository);
    const loaded: string[] = [];
    const load = reader.load.bind(reader);
    reader.load = (id, signal) => {
      loaded.push(id);
      return load(id, signal);
    };
    const finder = new NodeFinder(reader, { patterns: ['[bd].txt'], ignoreCase: false, onDamaged: unexpected });
    const paths = async (root: string) => (await Array.fromAsync(finder.find(root, never))).map(({ path }) => path);
    expect(await paths(first)).toEqual(['/docs/deep/b.txt']);
    expect(loaded).toHaveLength(4);
    expect(await paths(second)).toEqual(['/docs/deep/b.txt', '/new/d.txt']);
    expect(loaded).toHaveLength(6);
  });

  it('hands over a folder that is missing and goes on', async () => {
    const repository = await memoryRepository();
    const missing = idOf(Buffer.from('missing'));
    const lost = item({ type: 'dir', content: null, subtree: missing, size: 0 });
    const root = await storeTree(repository, { lost, 'x.txt': 'x' });
    const damaged: string[] = [];
    expect(await found(repository, root, { patterns: ['*.txt'], onDamaged: (id) => damaged.push(id) })).toEqual([
      '/x.txt',
    ]);
    expect(damaged).toEqual([missing]);
  });
});

describe('ObjectFinder', () => {
  const blob = idOf(Buffer.from('same'));

  it.each([blob, blob.slice(0, 8)])('finds every file with the blob %s', async (word) => {
    const repository = await memoryRepository();
    const root = await storeTree(repository, home);
    const finder = new ObjectFinder(
      new TreeReader(repository),
      { blobs: new Set([word]), trees: new Set() },
      unexpected,
    );
    const hits = await Array.fromAsync(finder.find(root, never));
    expect(hits.map(({ type, id, path }) => [type, id, path])).toEqual([
      ['blob', blob, '/docs/a.txt'],
      ['blob', blob, '/old/a.txt'],
    ]);
    expect(await Array.fromAsync(finder.find(root, never))).toEqual(hits);
  });

  it('finds trees, the root too, and stops when there are as many as were asked for', async () => {
    const repository = await memoryRepository();
    const root = await storeTree(repository, { a: { f: '1' }, b: { f: '1' } });
    const [a] = await new TreeReader(repository).load(root, never);
    const paths = async (...trees: string[]): Promise<string[]> => {
      const finder = new ObjectFinder(
        new TreeReader(repository),
        { blobs: new Set(), trees: new Set(trees) },
        unexpected,
      );
      return (await Array.fromAsync(finder.find(root, never))).map(({ path }) => path);
    };
    expect(await paths(root)).toEqual(['/']);
    expect(await paths(a?.subtree ?? '')).toEqual(['/a']);
    expect(await paths(a?.subtree ?? '', 'another')).toEqual(['/a', '/b']);
  });

  it('knows what is in a pack from its header, and from the index when it is gone', async () => {
    const repository = await memoryRepository();
    await storeTree(repository, { f: 'one' });
    const expected = new Set([idOf(Buffer.from('one'))]);
    for (const packId of await namesOf(repository.backend, 'data')) {
      const there = await objectsInPacks(repository, [packId.slice(0, 8)], never);
      await repository.removeFile('data', packId, never);
      expect(await objectsInPacks(repository, [packId], never)).toEqual(there);
      if (there.blobs.size > 0) expect(there.blobs).toEqual(expected);
    }
    expect(await codeOf(() => objectsInPacks(repository, ['00000000'], never))).toBe('not-found');
  });
});
