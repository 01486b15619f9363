import { describe, expect, it } from 'vitest';
import { encodeTree } from '../../../../src/format/tree.ts';
import { diffTrees } from '../../../../src/repository/query/diff-trees.ts';
import { countStatistics } from '../../../../src/repository/query/statistics.ts';
import { TreeReader } from '../../../../src/repository/trees.ts';
import { memoryRepository, never } from '../test-repository.ts';
import { type Folder, item, storeTree } from './stored-tree.ts';

async function compare(before: Folder, after: Folder, metadata = false) {
  const repository = await memoryRepository();
  const [a, b] = [await storeTree(repository, before), await storeTree(repository, after)];
  const changes: string[] = [];
  const statistics = await diffTrees(repository, a, b, {
    metadata,
    signal: never,
    onChange: (path, modifier) => void changes.push(`${modifier} ${path}`),
    onDamaged: (error) => {
      throw error;
    },
  });
  return { changes, statistics };
}

describe('diffTrees', () => {
  it('says what came, went, and changed, and counts it', async () => {
    const { changes, statistics } = await compare(
      { gone: { x: 'xx' }, kept: { k: 'k' }, m: 'old', s: item({ size: 3, mtimeNs: 1n }, 'abc'), t: 'was a file' },
      { fresh: { y: 'yyy' }, kept: { k: 'k' }, m: 'newer', s: item({ size: 3, mtimeNs: 2n }, 'abd'), t: { u: 'u' } },
    );
    expect(changes).toEqual(['+ /fresh/', '+ /fresh/y', '- /gone/', '- /gone/x', 'M /m', 'M /s', 'T /t/']);
    expect(statistics.changedFiles).toBe(2);
    expect(statistics.added).toMatchObject({ files: 1, dirs: 1, others: 0, dataBlobs: 3, treeBlobs: 3 });
    expect(statistics.removed).toMatchObject({ files: 1, dirs: 1, others: 0, dataBlobs: 4, treeBlobs: 2 });
  });

  it('shows changed metadata when asked, and content that changed alone as doubtful', async () => {
    const before = { a: item({ uid: 1 }, 'a'), b: 'ab' };
    const after = { a: item({ uid: 2 }, 'a'), b: 'ba' };
    expect((await compare(before, after)).changes).toEqual(['M? /b']);
    expect((await compare(before, after, true)).changes).toEqual(['U /a', 'M? /b']);
  });

  it('does not count blobs that an unchanged folder holds as well', async () => {
    const { changes, statistics } = await compare(
      { same: { a: 'shared' } },
      { copy: 'shared', new: 'only here', same: { a: 'shared' } },
    );
    expect(changes).toEqual(['+ /copy', '+ /new']);
    expect(statistics.added).toMatchObject({ files: 2, dataBlobs: 1, treeBlobs: 1 });
    expect(statistics.removed).toMatchObject({ dataBlobs: 0, treeBlobs: 1 });
  });

  it('does not enter equal folders', async () => {
    const repository = await memoryRepository();
    const root = await storeTree(repository, { a: { b: { c: 'c' } } });
    const load = TreeReader.prototype.load;
    let loads = 0;
    TreeReader.prototype.load = function (this: TreeReader, ...args) {
      loads++;
      return load.apply(this, args);
    };
    try {
      const quiet = { metadata: true, signal: never, onChange: () => undefined, onDamaged: () => undefined };
      const { added, removed } = await diffTrees(repository, root, root, quiet);
      expect([added.bytes, removed.bytes, loads]).toEqual([0, 0, 2]);
    } finally {
      TreeReader.prototype.load = load;
    }
  });
});

describe('countStatistics', () => {
  const linked = { size: 4, links: 2, inode: 7n, deviceId: 1n };
  const home: Folder = {
    a: { f: 'same', g: item({}, 'one', 'two', 'one') },
    b: { f: 'same' },
    l: item(linked, 'link'),
    m: item(linked, 'link'),
  };

  it('restore-size counts everything in each snapshot, a hard link once', async () => {
    const repository = await memoryRepository();
    const root = await storeTree(repository, home);
    const bytes = 4 + 9 + 4 + 4;
    expect(await countStatistics(repository, [root], 'restore-size', never)).toEqual({
      totalSize: bytes,
      totalFiles: 7,
    });
    expect(await countStatistics(repository, [root, root], 'restore-size', never)).toEqual({
      totalSize: 2 * bytes,
      totalFiles: 14,
    });
  });

  it('files-by-contents and blobs-per-file count equal files once', async () => {
    const repository = await memoryRepository();
    const roots = [await storeTree(repository, home), await storeTree(repository, { z: 'same', y: 'more' })];
    // Folders count as one file without content, as they do in restic.
    expect(await countStatistics(repository, roots, 'files-by-contents', never)).toEqual({
      totalSize: 4 + 9 + 4 + 4,
      totalFiles: 5,
    });
    expect(await countStatistics(repository, roots, 'blobs-per-file', never)).toEqual({
      totalSize: 4 + 6 + 4 + 4,
      totalBlobs: 5,
      totalFiles: 4,
    });
  });

  it('raw-data counts stored blobs once, and compression in format 2', async () => {
    const repository = await memoryRepository();
    const root = await storeTree(repository, { f: 'x'.repeat(10_000), g: 'x'.repeat(10_000) });
    const counted = await countStatistics(repository, [root, root], 'raw-data', never);
    const tree = encodeTree([...(await new TreeReader(repository).load(root, never))]);
    expect(counted).toMatchObject({ totalBlobs: 2, totalUncompressedSize: 10_000 + 32 + tree.length + 32 });
    expect(counted.totalSize).toBeLessThan(700);
    expect(counted.compressionProgress).toBe(100);
    const plain = await memoryRepository({ version: 1 });
    const again = await storeTree(plain, { f: 'xyz' }, false);
    const size = (await countStatistics(plain, [again], 'raw-data', never)) as { totalSize: number };
    expect(size).toEqual({ totalBlobs: 2, totalSize: size.totalSize });
  });
});
