import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../../../src/backend/memory/memory-backend.ts';
import { fromUtf8 } from '../../../../../src/base/byte-string.ts';
import { idOf } from '../../../../../src/format/id.ts';
import { NameCatalog } from '../../../../../src/repository/mod.ts';
import { BoundedExpression } from '../../../../../src/repository/query/search/bounded-expression.ts';
import type { NameQuery } from '../../../../../src/repository/query/search/name-query.ts';
import { type SearchOptions, searchSnapshots } from '../../../../../src/repository/query/search/search-snapshots.ts';
import type { Repository } from '../../../../../src/repository/repository.ts';
import { listSnapshots, type StoredSnapshot } from '../../../../../src/repository/snapshots.ts';
import { faultyBackend } from '../../../../support/faulty-backend.ts';
import { codeOf, memoryRepository, never } from '../../test-repository.ts';
import { type Folder, item, storeSnapshot, storeTree } from '../stored-tree.ts';

const docs: Folder = { 'a.txt': 'one', deep: { 'b.txt': 'b', 'C.bin': 'c' } };

async function saved(repository: Repository, ...folders: readonly Folder[]): Promise<StoredSnapshot[]> {
  for (const [at, folder] of folders.entries()) {
    const time = `2024-01-0${at + 1}T00:00:00Z`;
    await storeSnapshot(repository, await storeTree(repository, folder), { time });
  }
  return listSnapshots(repository, { signal: never });
}

const glob = (...patterns: string[]): NameQuery => ({ kind: 'glob', patterns, ignoreCase: false });
const text = (wanted: string): NameQuery => ({ kind: 'text', text: wanted });

function search(
  repository: Repository,
  snapshots: readonly StoredSnapshot[],
  query: NameQuery,
  options: Partial<SearchOptions> = {},
) {
  const onDamaged = (_: string, error: Error): never => {
    throw error;
  };
  return searchSnapshots({ repository, snapshots, query, onDamaged, signal: never, ...options });
}

/** Paths, each with the numbers of the snapshots of each of its versions. */
async function found(
  repository: Repository,
  snapshots: readonly StoredSnapshot[],
  query: NameQuery,
  options: Partial<SearchOptions> = {},
): Promise<Record<string, number[][]>> {
  const list = await Array.fromAsync(search(repository, snapshots, query, options));
  const numberOf = (id: string): number => snapshots.findIndex((stored) => stored.id === id);
  return Object.fromEntries(
    list.map(({ path, versions }) => [path, versions.map(({ snapshotIds }) => snapshotIds.map(numberOf))]),
  );
}

describe('searchSnapshots', () => {
  it('tells each path once, with its versions and who has them', async () => {
    const repository = await memoryRepository();
    const snapshots = await saved(
      repository,
      { docs },
      { docs: { ...docs, 'a.txt': 'two' }, new: { 'a.txt': 'one' } },
      { docs },
      { docs: { ...docs, 'a.txt': item({ mtimeNs: 7n }, 'one') } },
    );
    expect(await found(repository, snapshots, glob('*.txt'))).toEqual({
      '/docs/a.txt': [[0, 2], [1], [3]],
      '/docs/deep/b.txt': [[0, 1, 2, 3]],
      '/new/a.txt': [[1]],
    });
    const [first] = await Array.fromAsync(search(repository, snapshots, text('A.TXT')));
    expect(first?.versions.map(({ size, type, mtimeNs }) => ({ size, type, mtimeNs }))).toEqual([
      { size: 3, type: 'file', mtimeNs: 0n },
      { size: 3, type: 'file', mtimeNs: 0n },
      { size: 3, type: 'file', mtimeNs: 7n },
    ]);
    const keys = first?.versions.map(({ contentKey }) => contentKey) ?? [];
    expect(keys[0]).toBe(keys[2]);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it.each<[string, NameQuery, string[]]>([
    ['a folder, with all in it', glob('deep'), ['/docs/deep', '/docs/deep/C.bin', '/docs/deep/b.txt']],
    ['a path', glob('/docs/*.txt'), ['/docs/a.txt']],
    ['everything', glob('*'), ['/docs', '/docs/a.txt', '/docs/deep', '/docs/deep/C.bin', '/docs/deep/b.txt']],
    ['a name in any case', { kind: 'glob', patterns: ['c.*'], ignoreCase: true }, ['/docs/deep/C.bin']],
    ['text, and not what is in a folder of that name', text('EE'), ['/docs/deep']],
    ['an expression', { kind: 'regex', expression: '^[bc]\\.', ignoreCase: false }, ['/docs/deep/b.txt']],
    [
      'an expression in any case',
      { kind: 'regex', expression: '^[bc]\\.', ignoreCase: true },
      ['/docs/deep/C.bin', '/docs/deep/b.txt'],
    ],
    ['one of several', glob('!a.txt', 'C.bin'), ['/docs/a.txt', '/docs/deep/C.bin']],
    ['nothing', glob('absent'), []],
  ])('finds %s', async (_, query, expected) => {
    const repository = await memoryRepository();
    const snapshots = await saved(repository, { docs });
    expect(Object.keys(await found(repository, snapshots, query))).toEqual(expected);
  });

  it('takes names as they are: any bytes, any Unicode form', async () => {
    const repository = await memoryRepository();
    const names = ['*', 'a\nb', 'q"name":"', '\xff\xfe', fromUtf8('Cafe\u0301'), fromUtf8('ÜBER'), 'back\\slash'];
    const snapshots = await saved(repository, Object.fromEntries(names.map((name) => [name, 'x'])));
    const one = async (query: NameQuery) => Object.keys(await found(repository, snapshots, query));
    expect(await one(text('*'))).toEqual(['/*']);
    expect(await one(text('a\nb'))).toEqual(['/a\nb']);
    expect(await one(text('"NAME"'))).toEqual(['/q"name":"']);
    expect(await one(text('café'))).toEqual([`/${fromUtf8('Cafe\u0301')}`]);
    expect(await one(text('über'))).toEqual([`/${fromUtf8('ÜBER')}`]);
    expect(await one(glob('\xff*'))).toEqual(['/\xff\xfe']);
    expect(await one(text('\\'))).toEqual(['/back\\slash']);
  });

  it('reads each tree no more than it must, and nothing but the way to a hit with a catalog', async () => {
    const backend = faultyBackend(memoryBackend(), []);
    const repository = await memoryRepository({ backend });
    const other: Folder = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`f${at}`, { [`x${at}`]: 'x' }]));
    const snapshots = await saved(repository, { docs, other }, { docs, other, more: { 'z.txt': 'z' } });
    const catalog = new NameCatalog();
    let looked: number[] = [];
    const onProgress = (done: number): void => void looked.push(done);
    expect(Object.keys(await found(repository, snapshots, text('z.txt'), { catalog, onProgress }))).toEqual([
      '/more/z.txt',
    ]);
    expect(looked.at(-1)).toBe(2 + 2 + 31 + 1);
    looked = [];
    expect(Object.keys(await found(repository, snapshots, text('b.txt'), { catalog, onProgress }))).toEqual([
      '/docs/deep/b.txt',
    ]);
    expect(looked.at(-1) ?? 0).toBe(0);
    const third = await saved(repository, { docs, fresh: { 'b.txt': 'b' } });
    expect(Object.keys(await found(repository, third, text('b.txt'), { catalog, onProgress }))).toEqual([
      '/docs/deep/b.txt',
      '/fresh/b.txt',
    ]);
    expect(looked.at(-1)).toBe(2);
  });

  it('keeps no more names than its bound, and finds the same', async () => {
    const repository = await memoryRepository();
    const snapshots = await saved(repository, { docs, other: docs });
    const catalog = new NameCatalog({ mostBytes: 600 });
    for (let round = 0; round < 3; round++) {
      expect(Object.keys(await found(repository, snapshots, glob('b.txt'), { catalog }))).toEqual([
        '/docs/deep/b.txt',
        '/other/deep/b.txt',
      ]);
      expect(catalog.bytes).toBeLessThan(2000);
    }
  });

  it('tells of a folder that is missing, by snapshot, and goes on', async () => {
    const repository = await memoryRepository();
    const missing = idOf(Buffer.from('missing'));
    const lost = item({ type: 'dir', content: null, subtree: missing, size: 0 });
    const snapshots = await saved(repository, { docs }, { docs, lost });
    const damaged: [string, readonly string[]][] = [];
    const options = { onDamaged: (id: string, _: Error, ids: readonly string[]) => void damaged.push([id, ids]) };
    expect(Object.keys(await found(repository, snapshots, glob('b.txt'), options))).toEqual(['/docs/deep/b.txt']);
    expect(damaged).toEqual([[missing, [snapshots[1]?.id]]]);
  });

  it('ends when its reader has enough, and when it is cancelled', async () => {
    const repository = await memoryRepository();
    const snapshots = await saved(repository, { docs });
    for await (const { path } of search(repository, snapshots, glob('*'))) {
      expect(path).toBe('/docs');
      break;
    }
    const abort = new AbortController();
    const running = search(repository, snapshots, glob('*'), { signal: abort.signal });
    await running.next();
    abort.abort(new Error('enough'));
    await expect(running.next()).rejects.toThrow('enough');
  });

  it.each<[NameQuery]>([
    [glob()],
    [glob('')],
    [glob('[')],
    [text('')],
    [text('x'.repeat(1001))],
    [{ kind: 'regex', expression: '(', ignoreCase: false }],
  ])('refuses %j', async (query) => {
    const repository = await memoryRepository();
    const snapshots = await saved(repository, { docs });
    expect(await codeOf(() => found(repository, snapshots, query))).toBe('invalid-input');
  });
});

describe('BoundedExpression', () => {
  it('is stopped where it would go on for hours', async () => {
    const evil = new BoundedExpression('^(a+)+$', false, { timeoutMs: 20 });
    expect(await codeOf(() => evil.testAll(['aaa', `${'a'.repeat(60)}!`]))).toBe('invalid-input');
    expect(evil.testAll(['aaa', 'b'])).toEqual([true, false]);
  });

  it('takes escapes that Unicode mode refuses', () => {
    expect(new BoundedExpression('a\\-b', false).testAll(['a-b'])).toEqual([true]);
  });
});
