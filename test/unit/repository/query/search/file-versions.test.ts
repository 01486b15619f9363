import { describe, expect, it } from 'vitest';
import { type FileVersions, fileVersions } from '../../../../../src/repository/mod.ts';
import type { Repository } from '../../../../../src/repository/repository.ts';
import { listSnapshots, type StoredSnapshot } from '../../../../../src/repository/snapshots.ts';
import { codeOf, memoryRepository, never } from '../../test-repository.ts';
import { type Folder, item, storeSnapshot, storeTree } from '../stored-tree.ts';

async function saved(...folders: readonly Folder[]): Promise<[Repository, StoredSnapshot[]]> {
  const repository = await memoryRepository();
  for (const [at, folder] of folders.entries()) {
    await storeSnapshot(repository, await storeTree(repository, folder), { time: `2024-01-0${at + 1}T00:00:00Z` });
  }
  return [repository, await listSnapshots(repository, { signal: never })];
}

function versions(repository: Repository, snapshots: readonly StoredSnapshot[], path: string): Promise<FileVersions> {
  const onDamaged = (_: string, error: Error): never => {
    throw error;
  };
  return fileVersions({ repository, snapshots, path, onDamaged, signal: never });
}

const at = (mtime: bigint, text: string) => ({ d: { 'a*b': item({ mtimeNs: mtime }, text) } });

describe('fileVersions', () => {
  it('tells contents, newest first, with the snapshots that have them', async () => {
    const [repository, snapshots] = await saved(at(1n, 'one'), at(2n, 'two!'), at(3n, 'one'), at(4n, 'three'));
    const ids = snapshots.map(({ id }) => id);
    const { versions: list, absences } = await versions(repository, snapshots.toReversed(), '/d/a*b');
    expect(list.map(({ size, mtimeNs, snapshotIds }) => [size, mtimeNs, snapshotIds])).toEqual([
      [5, 4n, [ids[3]]],
      [3, 3n, [ids[0], ids[2]]],
      [4, 2n, [ids[1]]],
    ]);
    expect(list[1]?.first).toEqual({ id: ids[0], timeNs: snapshots[0]?.timeNs });
    expect(list[1]?.last).toEqual({ id: ids[2], timeNs: snapshots[2]?.timeNs });
    expect(absences).toEqual([]);
  });

  it('tells where it was gone', async () => {
    const other = { d: { other: 'x' } };
    const [repository, snapshots] = await saved(other, at(1n, 'a'), {}, other, at(1n, 'a'), other);
    const ids = snapshots.map(({ id }) => id);
    const { absences } = await versions(repository, snapshots, '/d/a*b');
    expect(absences).toEqual([
      { where: 'before', snapshotIds: [ids[0]] },
      { where: 'between', snapshotIds: [ids[2], ids[3]] },
      { where: 'after', snapshotIds: [ids[5]] },
    ]);
  });

  it('tells a file that became a folder or a link', async () => {
    const link = item({ type: 'symlink', content: null, linktarget: 'x', size: 0 });
    const [repository, snapshots] = await saved({ x: 'file' }, { x: { y: 'y' } }, { x: link });
    const { versions: list } = await versions(repository, snapshots, 'x');
    expect(list.map(({ type }) => type)).toEqual(['symlink', 'dir', 'file']);
  });

  it('has none of a path that was never there, and refuses the root', async () => {
    const [repository, snapshots] = await saved({ x: 'file' });
    const { versions: list, absences } = await versions(repository, snapshots, '/x/y');
    expect(list).toEqual([]);
    expect(absences).toEqual([{ where: 'before', snapshotIds: snapshots.map(({ id }) => id) }]);
    expect(await codeOf(() => versions(repository, snapshots, '/'))).toBe('invalid-input');
  });
});
