import { describe, expect, it } from 'vitest';
import { DiffPages } from '../../../../src/agent/explore/diff-pages.ts';
import { SearchPages } from '../../../../src/agent/explore/search-pages.ts';
import { listSnapshots, type NameQuery, type Repository, type StoredSnapshot } from '../../../../src/repository/mod.ts';
import { type Folder, storeSnapshot, storeTree } from '../../repository/query/stored-tree.ts';
import { codeOf, FakeClock, memoryRepository, never } from '../../repository/test-repository.ts';

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

const glob = (pattern: string): NameQuery => ({ kind: 'glob', patterns: [pattern], ignoreCase: false });
const minutes = (count: number): number => count * 60_000;

describe('SearchPages', () => {
  it('gives pages that fit together, in any order', async () => {
    const clock = new FakeClock();
    const pages = new SearchPages({ clock });
    const id = pages.start({ repositoryId: 'r', ...(await saved(many)), query: glob('f*') });
    const names = async (offset: number, limit: number) => {
      const { found, done } = await pages.page(id, { offset, limit, signal: never });
      return [...found.map(({ path }) => path), done];
    };
    const all = Object.keys(many).map((name) => `/${name}`);
    expect(await names(0, 10)).toEqual([...all.slice(0, 10), false]);
    const both = await Promise.all([names(20, 5), names(10, 10)]);
    expect(both).toEqual([
      [...all.slice(20), true],
      [...all.slice(10, 20), false],
    ]);
    expect(await names(0, 25)).toEqual([...all, true]);
    expect(await names(100, 10)).toEqual([true]);
  });

  it('keeps no more than its bound, and says so', async () => {
    const pages = new SearchPages({ clock: new FakeClock(), mostFound: 7 });
    const id = pages.start({ repositoryId: 'r', ...(await saved(many)), query: glob('f*') });
    const page = await pages.page(id, { offset: 5, limit: 10, signal: never });
    expect(page.found).toHaveLength(2);
    expect([page.done, page.truncated]).toEqual([true, true]);
  });

  it('drops what nobody asks for, what is cancelled, and the oldest of too many', async () => {
    const clock = new FakeClock();
    const pages = new SearchPages({ clock });
    const where = await saved(many);
    const start = (): string => pages.start({ repositoryId: 'r', ...where, query: glob('f*') });
    const state = (id: string) => codeOf(() => pages.page(id, { offset: 0, limit: 1, signal: never }));
    const first = start();
    await clock.advance(minutes(4));
    expect(await state(first)).toBe('no error');
    await clock.advance(minutes(4));
    expect(await state(first)).toBe('no error');
    await clock.advance(minutes(6));
    expect(await state(first)).toBe('not-found');
    const cancelled = start();
    pages.cancel(cancelled);
    expect(await state(cancelled)).toBe('not-found');
    const oldest = start();
    const others = Array.from({ length: 8 }, start);
    expect(await state(oldest)).toBe('not-found');
    expect(await state(others[0] ?? '')).toBe('no error');
    pages.close();
    expect(await state(others[0] ?? '')).toBe('not-found');
  });

  it('refuses a bad query and a bad page, and can go on after a page was given up', async () => {
    const pages = new SearchPages({ clock: new FakeClock() });
    const where = await saved(many);
    const bad = pages.start({ repositoryId: 'r', ...where, query: glob('[') });
    const page = (id: string, limit: number, signal = never) => pages.page(id, { offset: 0, limit, signal });
    expect(await codeOf(() => page(bad, 1))).toBe('invalid-input');
    expect(await codeOf(() => page(bad, 1))).toBe('not-found');
    const good = pages.start({ repositoryId: 'r', ...where, query: glob('f*') });
    expect(await codeOf(() => page(good, 1001))).toBe('invalid-input');
    const given = AbortSignal.abort(new Error('enough'));
    await expect(page(good, 5, given)).rejects.toThrow('enough');
    expect((await page(good, 5)).found).toHaveLength(5);
  });
});

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
