import { describe, expect, it } from 'vitest';
import type { Backend } from '../../../../src/backend/backend.ts';
import { memoryBackend } from '../../../../src/backend/memory/memory-backend.ts';
import { idOf } from '../../../../src/format/id.ts';
import { encodeTree } from '../../../../src/format/tree.ts';
import { checkRepository } from '../../../../src/repository/check/check.ts';
import { type PruneOptions, type PruneReport, pruneRepository } from '../../../../src/repository/prune/prune.ts';
import { Repository } from '../../../../src/repository/repository.ts';
import { listSnapshots, removeSnapshot } from '../../../../src/repository/snapshots.ts';
import { TreeReader, walkTree } from '../../../../src/repository/trees.ts';
import { fail, failAfter, faultyBackend, truncate } from '../../../support/faulty-backend.ts';
import {
  contentOf,
  fileNode,
  quickLock,
  sampleRepository,
  saveIndexedPack,
  snapshotOf,
} from '../snapshots-in-memory.ts';
import { codeOf, filesOf, messageFrom, namesOf, never, overwrite, savePack } from '../test-repository.ts';

const everything = {
  maxUnusedBytes: () => 0,
  maxRepackBytes: Number.POSITIVE_INFINITY,
  repackCacheableOnly: false,
  repackUncompressed: false,
};

async function prune(repository: Repository, options: Partial<PruneOptions> = {}): Promise<PruneReport> {
  await using lock = await quickLock(repository);
  return await pruneRepository({ repository, limits: everything, threads: 0, lock, signal: never, ...options });
}

/** No errors, and every file of every snapshot is there. */
async function expectSound(repository: Repository): Promise<void> {
  const report = await checkRepository({ repository, read: { kind: 'all' }, lock: false, threads: 0, signal: never });
  expect(report.errors).toEqual([]);
  for (const { snapshot } of await listSnapshots(repository, { signal: never })) {
    for await (const { node } of walkTree(new TreeReader(repository), snapshot.tree, { signal: never })) {
      for (const id of node.content ?? []) await repository.readBlob('data', id, never);
    }
  }
}

/** A sample whose old snapshot is gone. */
async function forgotten(backend: Backend = memoryBackend(), version: 1 | 2 = 2) {
  const sample = await sampleRepository({ backend, version });
  await removeSnapshot(sample.repository, sample.snapshots.old, never);
  return sample;
}

describe.each([1, 2] as const)('pruneRepository, version %i', { timeout: 20_000 }, (version) => {
  it('keeps what snapshots need and nothing else', async () => {
    const { repository, packs } = await forgotten(memoryBackend(), version);
    const report = await prune(repository);
    expect(report).toMatchObject({ newPacks: 2, removedPacks: 2 });
    expect(report.stats.blobs).toMatchObject({ used: 3, unused: 4, remaining: 3 });
    await expectSound(repository);
    const index = await repository.loadIndex(never);
    expect(index.blobs.size).toBe(3);
    expect(index.has('data', idOf(contentOf('kept')))).toBe(true);
    expect(index.has('data', idOf(contentOf('gone')))).toBe(false);
    expect(await namesOf(repository.backend, 'data')).toHaveLength(3);
    expect(await namesOf(repository.backend, 'data')).toContain(packs.more);
  });
});

describe('pruneRepository', { timeout: 20_000 }, () => {
  it('changes nothing in a dry run, and nothing the second time', async () => {
    const { repository } = await forgotten();
    const before = await filesOf(repository.backend);
    const plan = await prune(repository, { dryRun: true });
    expect(plan.stats.packs).toMatchObject({ repack: 2, keep: 1 });
    expect(await filesOf(repository.backend)).toEqual(before);
    await prune(repository);
    const after = await filesOf(repository.backend);
    expect((await prune(repository)).stats.packs).toMatchObject({ removeTotal: 0, repack: 0 });
    expect(await filesOf(repository.backend)).toEqual(after);
  });

  it('copies blobs as they are sealed', async () => {
    const { repository, packs } = await forgotten();
    const before = await repository.backend.read({ type: 'data', name: packs.data }, never);
    await prune(repository);
    const index = await repository.loadIndex(never);
    const place = index.lookup('data', idOf(contentOf('kept')))!;
    const range = { offset: place.offset, length: place.length };
    const sealed = await repository.backend.readRange({ type: 'data', name: place.packId }, range, never);
    expect(Buffer.from(before).includes(Buffer.from(sealed))).toBe(true);
  });

  it('lets waste stay within its limit', async () => {
    const { repository } = await forgotten();
    const lazy = { ...everything, maxUnusedBytes: () => Number.POSITIVE_INFINITY, maxRepackBytes: 0 };
    expect((await prune(repository, { limits: lazy })).stats.packs).toMatchObject({ repack: 0, removeTotal: 0 });
    const trees = { ...everything, repackCacheableOnly: true };
    expect((await prune(repository, { limits: trees })).stats.packs).toMatchObject({ repack: 1 });
    await expectSound(repository);
  });

  it('removes packs that no index names, and second copies', async () => {
    const { repository } = await forgotten();
    const orphan = await savePack(repository, [{ type: 'data', plain: contentOf('orphan') }]);
    const twin = await saveIndexedPack(repository, [
      { type: 'data', plain: contentOf('fresh') },
      { type: 'data', plain: contentOf('waste') },
    ]);
    await prune(repository);
    const left = await namesOf(repository.backend, 'data');
    expect(left).not.toContain(orphan.packId);
    expect(left).not.toContain(twin);
    await expectSound(repository);
  });

  it('compresses what was stored plain, on demand', async () => {
    const { repository } = await forgotten();
    const plain = Buffer.from('a text that says the same. '.repeat(200));
    const tree = encodeTree([fileNode('text', [plain])]);
    await saveIndexedPack(repository, [{ type: 'data', plain }]);
    await saveIndexedPack(repository, [{ type: 'tree', plain: tree }]);
    await snapshotOf(repository, tree, 3);
    const lengthOf = async (type: 'data' | 'tree', id: string) =>
      (await repository.loadIndex(never)).lookup(type, id)?.uncompressedLength;
    await prune(repository);
    expect(await lengthOf('data', idOf(plain))).toBeUndefined();
    expect(await lengthOf('tree', idOf(tree))).toBe(tree.length); // trees always
    await prune(repository, { limits: { ...everything, repackUncompressed: true } });
    expect(await lengthOf('data', idOf(plain))).toBe(plain.length);
    await expectSound(repository);
  });

  it('removes everything where the last snapshot was forgotten', async () => {
    const { repository, snapshots } = await forgotten();
    await removeSnapshot(repository, snapshots.new, never);
    const before = await filesOf(repository.backend);
    expect(await messageFrom(() => prune(repository))).toContain('no snapshot at all'); // or a listing that failed
    expect(await filesOf(repository.backend)).toEqual(before);
    await prune(repository, { allowNoSnapshots: true });
    expect(await namesOf(repository.backend, 'data')).toEqual([]);
    expect(await namesOf(repository.backend, 'index')).toEqual([]);
  });

  it('leaves a sound repository behind, whatever call fails, and all after it', async () => {
    const calls = async (): Promise<number> => {
      const backend = faultyBackend(memoryBackend());
      const { repository } = await forgotten(backend);
      const before = backend.calls.length;
      await prune(repository);
      return backend.calls.slice(before).filter((call) => /^(save|commit|remove) (data|index)/.test(call)).length;
    };
    const total = await calls();
    expect(total).toBeGreaterThan(6);
    for (let nth = 1; nth <= total; nth++) {
      const backend = memoryBackend();
      const { repository } = await forgotten(backend);
      let seen = 0;
      const { key, keyId, config } = repository;
      const dying = new Repository({ backend: dieAt(backend, () => ++seen >= nth), key, keyId, config });
      await expect(prune(dying), `call ${nth}`).rejects.toThrow('Planted');
      await expectSound(repository);
      await prune(repository);
      await expectSound(repository);
      expect((await repository.loadIndex(never)).blobs.size).toBe(3);
    }
  });
});

/** From the first change that `dies` says yes to, no change is made any more; locks excepted. */
function dieAt(backend: Backend, dies: () => boolean): Backend {
  let dead = false;
  const guard = (type: string): void => {
    if (type === 'lock') return;
    dead ||= dies();
    if (dead) throw new Error('Planted: the process died.');
  };
  return {
    location: backend.location,
    place: { location: 'memory:' },
    connections: backend.connections,
    create: (signal) => backend.create(signal),
    read: (handle, signal) => backend.read(handle, signal),
    readRange: (handle, range, signal) => backend.readRange(handle, range, signal),
    stat: (handle, signal) => backend.stat(handle, signal),
    list: (type, signal) => backend.list(type, signal),
    freeBytes: (signal) => backend.freeBytes(signal),
    [Symbol.asyncDispose]: async () => undefined,
    save: async (handle, bytes, signal) => {
      guard(handle.type);
      return backend.save(handle, bytes, signal);
    },
    remove: async (handle, signal) => {
      guard(handle.type);
      return backend.remove(handle, signal);
    },
    openWriter: async (type, options) => {
      const writer = await backend.openWriter(type, options);
      return {
        write: (bytes) => writer.write(bytes),
        commit: async (name) => {
          guard(type);
          return writer.commit(name);
        },
        [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
      };
    },
  };
}

describe('pruneRepository on a store that is damaged or lies', { timeout: 20_000 }, () => {
  const removals = (backend: { readonly calls: readonly string[] }): string[] =>
    backend.calls.filter((call) => /^remove (data|index|snapshot)/.test(call));

  it.each([
    ['snapshot', failAfter(0)],
    ['snapshot', truncate(0)],
    ['index', failAfter(1)],
    ['index', truncate(0)],
    ['index', truncate(1)],
    ['data', failAfter(1)],
    ['data', truncate(0)],
    ['data', truncate(1)],
  ] as const)('removes nothing when the listing of %ss is %o', async (type, effect) => {
    const backend = faultyBackend(memoryBackend());
    const { repository } = await forgotten(backend);
    backend.plant({ call: 'list', type, effect });
    const before = removals(backend).length;
    expect(await codeOf(() => prune(repository))).not.toBe('no error');
    expect(removals(backend)).toHaveLength(before);
    await expectSound(repository);
  });

  it('removes nothing when all listings are empty', async () => {
    const backend = faultyBackend(memoryBackend());
    const { repository } = await forgotten(backend);
    await using lock = await quickLock(repository);
    const before = removals(backend).length;
    backend.plant({ call: 'list', times: Number.POSITIVE_INFINITY, effect: truncate(0) });
    await pruneRepository({ repository, limits: everything, threads: 0, lock, signal: never }).catch(() => undefined);
    expect(removals(backend)).toHaveLength(before);
  });

  it('removes nothing when snapshots are always left out and the locks show that', async () => {
    const backend = faultyBackend(memoryBackend());
    const { repository } = await forgotten(backend);
    await using lock = await quickLock(repository);
    for (const type of ['snapshot', 'lock'] as const) {
      backend.plant({ call: 'list', type, times: Number.POSITIVE_INFINITY, effect: truncate(0) });
    }
    const before = removals(backend).length;
    const given = { repository, limits: everything, threads: 0, lock, signal: never, allowNoSnapshots: true };
    expect(await messageFrom(() => pruneRepository(given))).toContain('our own');
    expect(removals(backend)).toHaveLength(before);
  });

  it.each(['data', 'more', 'trees'] as const)('removes nothing when the pack %s is gone or damaged', async (name) => {
    for (const bytes of [undefined, new Uint8Array(50)]) {
      const { repository, packs } = await forgotten();
      const handle = { type: 'data', name: packs[name] } as const;
      if (bytes === undefined) await repository.removeFile('data', packs[name], never);
      else await overwrite(repository.backend, handle, bytes);
      const before = await filesOf(repository.backend);
      expect(await codeOf(() => prune(repository))).toBe('corrupt');
      expect(await filesOf(repository.backend)).toEqual(before);
    }
  });

  it('carries over no damaged blob, and removes nothing then', async () => {
    const { repository, packs } = await forgotten();
    const handle = { type: 'data', name: packs.data } as const;
    const bytes = await repository.backend.read(handle, never);
    bytes[40]! ^= 1; // in "kept"
    await overwrite(repository.backend, handle, bytes);
    const before = await namesOf(repository.backend, 'data');
    expect(await codeOf(() => prune(repository))).toBe('corrupt');
    expect(await namesOf(repository.backend, 'data')).toEqual(before);
  });

  it('removes nothing when a snapshot cannot be read', async () => {
    const { repository, snapshots } = await forgotten();
    await overwrite(repository.backend, { type: 'snapshot', name: snapshots.new }, new Uint8Array(99));
    expect(await codeOf(() => prune(repository))).toBe('corrupt');
    expect(await namesOf(repository.backend, 'data')).toHaveLength(3);
  });

  it('forgets packs that are gone and that nothing needs', async () => {
    const { repository } = await forgotten();
    const waste = await saveIndexedPack(repository, [{ type: 'data', plain: contentOf('waste') }]);
    await repository.removeFile('data', waste, never);
    expect((await prune(repository)).stats.packs.missing).toBe(1);
    await expectSound(repository);
    expect(repository.index.hasPack(waste)).toBe(false);
  });

  it('says so where a store takes no removals', async () => {
    const backend = faultyBackend(memoryBackend());
    const { repository } = await forgotten(backend);
    for (const type of ['data', 'index'] as const) {
      backend.plant({ call: 'remove', type, times: Number.POSITIVE_INFINITY, effect: fail('append-only') });
    }
    expect(await codeOf(() => prune(repository))).toBe('append-only');
    await expectSound(repository);
  });

  it('stops where the lock was taken away', async () => {
    const { repository } = await forgotten();
    await using lock = await quickLock(repository);
    await repository.removeFile('lock', lock.id!, never);
    const before = await filesOf(repository.backend);
    const run = () => pruneRepository({ repository, limits: everything, threads: 0, lock, signal: never });
    expect(await codeOf(run)).toBe('locked');
    expect(await filesOf(repository.backend)).toEqual(before);
  });
});
