import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../../src/backend/memory/memory-backend.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import { idOf } from '../../../../src/format/id.ts';
import { copySnapshots } from '../../../../src/repository/copy/copy-snapshots.ts';
import { IndexSaver } from '../../../../src/repository/index-saver.ts';
import type { Repository } from '../../../../src/repository/repository.ts';
import { listSnapshots, loadSnapshot } from '../../../../src/repository/snapshots.ts';
import { walkUniqueTrees } from '../../../../src/repository/trees.ts';
import { fail, faultyBackend } from '../../../support/faulty-backend.ts';
import { item, storeSnapshot, storeTree } from '../query/stored-tree.ts';
import {
  codeOf,
  memoryRepository,
  messageFrom,
  namesOf,
  never,
  overwrite,
  savePack,
  unlocked,
} from '../test-repository.ts';

const home = { a: { f: 'one '.repeat(500), g: 'two' }, b: { h: 'three' } };

async function copy(
  source: Repository,
  target: Repository,
  options: Partial<Parameters<typeof copySnapshots>[0]> = {},
) {
  const snapshots = await listSnapshots(source, { signal: never });
  return copySnapshots({ source, target, snapshots, commit: unlocked(target), signal: never, ...options });
}

/** Every blob of every snapshot can be read; gives how many there are. */
async function readEverything(repository: Repository): Promise<number> {
  await repository.loadIndex(never);
  const ids = new Set<string>();
  const roots = (await listSnapshots(repository, { signal: never })).map(({ snapshot }) => snapshot.tree);
  await walkUniqueTrees(repository, roots, { signal: never }, (treeId, nodes) => {
    ids.add(treeId);
    for (const { content } of nodes) for (const id of content ?? []) ids.add(id);
  });
  for (const id of ids) {
    const type = repository.index.has('tree', id) ? 'tree' : 'data';
    expect(idOf(await repository.readBlob(type, id, never))).toBe(id);
  }
  return ids.size;
}

describe('copySnapshots', () => {
  it.each([
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 2],
  ] as const)('from version %i to version %i', async (from, to) => {
    const [source, target] = [await memoryRepository({ version: from }), await memoryRepository({ version: to })];
    const tree = await storeTree(source, home, from === 2);
    const parent = idOf(Buffer.from('parent'));
    const id = await storeSnapshot(source, tree, { hostname: 'h', tags: ['t'], parent });
    expect(await copy(source, target)).toMatchObject({ copied: 1, skipped: 0, blobs: 6 });
    expect(await readEverything(target)).toBe(6);
    const [stored] = await listSnapshots(target, { signal: never });
    const { parent: _, ...rest } = (await loadSnapshot(source, id, never)).snapshot;
    expect(stored?.snapshot).toEqual({ ...rest, original: id });
  });

  it('leaves out what is there: snapshots, their copies, and blobs', async () => {
    const [source, target, third] = [await memoryRepository(), await memoryRepository(), await memoryRepository()];
    const first = await storeTree(source, home);
    await storeSnapshot(source, first);
    await copy(source, target);
    const second = await storeTree(source, { ...home, c: 'four' });
    await storeSnapshot(source, second, { time: '2024-02-01T00:00:00Z' });
    expect(await copy(source, target)).toMatchObject({ copied: 1, skipped: 1, blobs: 2 });
    expect(await copy(source, target)).toMatchObject({ copied: 0, skipped: 2, blobs: 0, packedBytes: 0 });
    // A copy of a copy is known by the original.
    expect(await copy(target, third)).toMatchObject({ copied: 2 });
    expect(await copy(source, third)).toMatchObject({ copied: 0, skipped: 2 });
    expect(await copy(third, source)).toMatchObject({ copied: 0, skipped: 2 });
  });

  it('copies one again whose tags were changed', async () => {
    const [source, target] = [await memoryRepository(), await memoryRepository()];
    const tree = await storeTree(source, home);
    const id = await storeSnapshot(source, tree);
    await copy(source, target);
    await storeSnapshot(source, tree, { tags: ['new'], original: id });
    expect(await copy(source, target)).toMatchObject({ copied: 1, skipped: 1, blobs: 0 });
  });

  it('keeps compressed blobs as they are, unless they are to be stored otherwise', async () => {
    const source = await memoryRepository();
    const tree = await storeTree(source, home);
    await storeSnapshot(source, tree);
    const blob = idOf(Buffer.from(home.a.f));
    const lengths = async (compression: 'auto' | 'off' | 'max') => {
      const target = await memoryRepository();
      await copy(source, target, { compression });
      await readEverything(target);
      return target.index.lookup('data', blob);
    };
    const before = source.index.lookup('data', blob);
    expect(await lengths('auto')).toMatchObject({ length: before?.length, uncompressedLength: 2000 });
    expect(await lengths('off')).toMatchObject({ length: 2032, uncompressedLength: undefined });
    expect((await lengths('max'))?.uncompressedLength).toBe(2000);
  });

  it('saves no snapshot whose data is missing or damaged in the source', async () => {
    const [source, target] = [await memoryRepository(), await memoryRepository()];
    const content = [idOf(Buffer.from('absent'))];
    await storeSnapshot(source, await storeTree(source, { f: item({ content }) }));
    expect(await messageFrom(() => copy(source, target))).toContain(content[0]);
    expect(await namesOf(target.backend, 'snapshot')).toEqual([]);

    const damaged = await memoryRepository();
    await storeSnapshot(damaged, await storeTree(damaged, { f: 'content' }));
    const place = damaged.index.lookup('data', idOf(Buffer.from('content')));
    const handle = { type: 'data', name: place?.packId ?? '' } as const;
    const bytes = (await damaged.backend.read(handle, never)).slice();
    bytes[20] = bytes[20]! ^ 1;
    await overwrite(damaged.backend, handle, bytes);
    expect(await codeOf(() => copy(damaged, target))).toBe('corrupt');
    expect(await namesOf(target.backend, 'snapshot')).toEqual([]);
  });

  it('takes a sound copy where another is damaged', async () => {
    const [source, target] = [await memoryRepository(), await memoryRepository()];
    await storeSnapshot(source, await storeTree(source, { f: 'content' }));
    const { packId = '' } = source.index.lookup('data', idOf(Buffer.from('content'))) ?? {};
    const second = await savePack(source, [{ type: 'data', plain: Buffer.from('content') }]);
    const saver = new IndexSaver(source);
    saver.addPack(second.packId, second.blobs);
    await saver.flush(never);
    for (const name of [packId, second.packId]) {
      const bytes = (await source.backend.read({ type: 'data', name }, never)).slice();
      const broken = bytes.slice();
      broken[20] = broken[20]! ^ 1;
      await overwrite(source.backend, { type: 'data', name }, broken);
      const fresh = await memoryRepository();
      expect(await copy(source, fresh)).toMatchObject({ copied: 1 });
      await overwrite(source.backend, { type: 'data', name }, bytes);
    }
    expect(await copy(source, target)).toMatchObject({ copied: 1 });
  });

  it('goes on after a failure: packs that were indexed are not copied again', async () => {
    const source = await memoryRepository();
    await storeSnapshot(source, await storeTree(source, home));
    const backend = memoryBackend();
    const failing = await memoryRepository({
      backend: faultyBackend(backend, [{ call: 'save', type: 'snapshot', effect: fail('no-space') }]),
    });
    expect(await codeOf(() => copy(source, failing))).toBe('no-space');
    expect(await namesOf(backend, 'snapshot')).toEqual([]);
    expect(await copy(source, failing)).toMatchObject({ copied: 1, blobs: 0 });
    expect(await readEverything(failing)).toBe(6);
  });

  it('indexes what is durable when it fails half-way', async () => {
    const source = await memoryRepository();
    await storeSnapshot(source, await storeTree(source, home));
    const target = await memoryRepository({
      backend: faultyBackend(memoryBackend(), [{ call: 'commit', type: 'data', nth: 2, effect: fail('network') }]),
    });
    expect(await codeOf(() => copy(source, target))).toBe('network');
    expect(await namesOf(target.backend, 'index')).toHaveLength(1);
    const { blobs } = await copy(source, target);
    expect(blobs).toBe(3); // the trees, or the data
    expect(await readEverything(target)).toBe(6);
  });

  it('commits nothing once the lock is lost, and stops when cancelled', async () => {
    const [source, target] = [await memoryRepository(), await memoryRepository()];
    await storeSnapshot(source, await storeTree(source, home));
    const lost = async (): Promise<never> => {
      throw new HoldfastError('locked', 'lost');
    };
    expect(await codeOf(() => copy(source, target, { commit: lost }))).toBe('locked');
    const cancel = new AbortController();
    cancel.abort(new HoldfastError('cancelled', 'Cancelled.'));
    expect(await codeOf(() => copy(source, target, { signal: cancel.signal }))).toBe('cancelled');
    expect(await namesOf(target.backend, 'snapshot')).toEqual([]);
    expect(await namesOf(target.backend, 'index')).toEqual([]);
  });

  it('refuses to copy a repository into itself', async () => {
    const source = await memoryRepository();
    expect(await codeOf(() => copy(source, source))).toBe('invalid-input');
  });
});
