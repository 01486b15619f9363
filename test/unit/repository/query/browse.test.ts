import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../../src/backend/memory/memory-backend.ts';
import { type BrowseOptions, browseSorts, FolderBrowser } from '../../../../src/repository/mod.ts';
import { faultyBackend } from '../../../support/faulty-backend.ts';
import { codeOf, memoryRepository, never } from '../test-repository.ts';
import { type Folder, item, storeTree } from './stored-tree.ts';

const home: Folder = {
  'b.txt': item({ mtimeNs: 3n }, 'bb'),
  '*': item({ mtimeNs: 1n }, 'a'),
  'c\xff': item({ mtimeNs: 2n }, 'bb'),
  dir: { x: 'x' },
  empty: {},
  link: item({ type: 'symlink', content: null, linktarget: '../x\xff', size: 0 }),
};

async function browser(folder: Folder, limits: { mostEntriesKept?: number } = {}) {
  const backend = faultyBackend(memoryBackend(), []);
  const repository = await memoryRepository({ backend });
  const root = await storeTree(repository, folder);
  const browsing = new FolderBrowser(repository, limits);
  const browse = (options: Partial<BrowseOptions> = {}) =>
    browsing.browse({
      root,
      path: '/',
      offset: 0,
      limit: 100,
      sort: 'name',
      order: 'ascending',
      foldersFirst: false,
      signal: never,
      ...options,
    });
  const names = async (options: Partial<BrowseOptions> = {}) => (await browse(options)).entries.map(({ name }) => name);
  return { backend, browse, names };
}

describe('FolderBrowser', () => {
  it('shows what there is to each entry', async () => {
    const { browse } = await browser(home);
    const { entries, total } = await browse();
    expect(total).toBe(6);
    expect(
      entries.map(({ name, type, size, hasChildren, linkTarget }) => [name, type, size, hasChildren ?? linkTarget]),
    ).toEqual([
      ['*', 'file', 1, undefined],
      ['b.txt', 'file', 2, undefined],
      ['c\xff', 'file', 2, undefined],
      ['dir', 'dir', undefined, true],
      ['empty', 'dir', undefined, false],
      ['link', 'symlink', undefined, '../x\xff'],
    ]);
  });

  it('sorts, with folders first if asked', async () => {
    const { names } = await browser(home);
    expect(await names({ order: 'descending' })).toEqual(['link', 'empty', 'dir', 'c\xff', 'b.txt', '*']);
    expect(await names({ foldersFirst: true })).toEqual(['dir', 'empty', '*', 'b.txt', 'c\xff', 'link']);
    expect(await names({ sort: 'size', order: 'descending' })).toEqual(['b.txt', 'c\xff', '*', 'dir', 'empty', 'link']);
    expect(await names({ sort: 'mtime' })).toEqual(['dir', 'empty', 'link', '*', 'c\xff', 'b.txt']);
  });

  it('gives every entry once in every order', async () => {
    const { names } = await browser(home);
    for (const sort of browseSorts) expect(new Set(await names({ sort }))).toEqual(new Set(Object.keys(home)));
  });

  it('gives pages', async () => {
    const { browse, names } = await browser(home);
    expect(await names({ offset: 2, limit: 2 })).toEqual(['c\xff', 'dir']);
    expect(await names({ offset: 5, limit: 2 })).toEqual(['link']);
    expect(await browse({ offset: 60, limit: 2 })).toEqual({ entries: [], total: 6 });
    for (const page of [{ limit: 1001 }, { offset: -1 }, { offset: 0.5 }]) {
      expect(await codeOf(() => browse(page))).toBe('invalid-input');
    }
  });

  it('says what is not there, or is no folder', async () => {
    const { browse } = await browser(home);
    expect(await codeOf(() => browse({ path: '/dir/none' }))).toBe('not-found');
    expect(await codeOf(() => browse({ path: '/b.txt' }))).toBe('invalid-input');
  });

  it('reads a folder once for all its pages, and keeps no more than its bound', async () => {
    const big = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`n${at}`, 'x']));
    const { backend, names } = await browser({ big, more: { ...big, other: 'x' } }, { mostEntriesKept: 30 });
    const reads = () => backend.calls.filter((call) => call.startsWith('readRange')).length;
    await names({ path: '/big' });
    const before = reads();
    await names({ path: '/big', offset: 10, sort: 'size' });
    expect(reads()).toBe(before);
    await names({ path: '/more' });
    const after = reads();
    await names({ path: '/big' });
    expect(reads()).toBeGreaterThan(after);
  });
});
