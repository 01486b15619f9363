import { describe, expect, it } from 'vitest';
import { DiffPages } from '../../../../src/agent/explore/diff-pages.ts';
import { listSnapshots, type Repository, type StoredSnapshot } from '../../../../src/repository/mod.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type Folder, storeSnapshot, storeTree } from '../../repository/query/stored-tree.ts';
import { codeOf, memoryRepository, never } from '../../repository/test-repository.ts';

const many: Folder = Object.fromEntries(
  Array.from({ length: 25 }, (_, at) => [`f${String(at).padStart(2, '0')}`, `${at}`]),
);

async function saved(...folders: Folder[]): Promise<{ repository: Repository; snapshots: StoredSnapshot[] }> {
  const repository = await memoryRepository();
  for (const [at, folder] of folders.entries()) {
    await storeSnapshot(repository, await storeTree(repository, folder), { time: `2024-01-0${at + 1}T00:00:00Z` });
  }
  return { repository, snapshots: await listSnapshots(repository, { signal: never }) };
}

describe('DiffPages', () => {
  it('gives changes in pages, with counts of all', async () => {
    const { repository, snapshots } = await saved({ kept: 'k', old: 'o' }, { kept: 'other', ...many });
    const [before, after] = snapshots as [StoredSnapshot, StoredSnapshot];
    const request = { repository, before, after, metadata: false, offset: 0, limit: 10, signal: never };
    const pages = new DiffPages({ clock: new FakeClock() });
    const first = await pages.page(request);
    expect(first.changes[0]).toEqual({ path: '/f00', modifier: '+' });
    expect([first.changes.length, first.total, first.truncated]).toEqual([10, 27, false]);
    expect(first.statistics).toMatchObject({ changedFiles: 1, added: { files: 25 }, removed: { files: 1 } });
    const last = await pages.page({ ...request, offset: 25 });
    expect(last.changes).toEqual([
      { path: '/kept', modifier: 'M' },
      { path: '/old', modifier: '-' },
    ]);
    const few = await new DiffPages({ clock: new FakeClock(), mostChanges: 3 }).page(request);
    expect([few.changes.length, few.total, few.truncated]).toEqual([3, 27, true]);
    expect(await codeOf(() => pages.page({ ...request, limit: 5000 }))).toBe('invalid-input');
  });
});
