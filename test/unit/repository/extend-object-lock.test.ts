import { describe, expect, it } from 'vitest';
import type { Backend, Handle } from '../../../src/backend/backend.ts';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { HoldfastError } from '../../../src/base/errors.ts';
import { extendObjectLock } from '../../../src/repository/extend-object-lock.ts';
import { openRepository } from '../../../src/repository/repository.ts';
import { removeSnapshot } from '../../../src/repository/snapshots.ts';
import { contentOf, sampleRepository, saveIndexedPack } from './snapshots-in-memory.ts';
import { namesOf, never, password } from './test-repository.ts';

/** A store in memory that is asked to lock files, and which. */
function lockingBackend() {
  const asked: Handle[] = [];
  const backend: Backend & { extendObjectLock?: NonNullable<Backend['extendObjectLock']> } = Object.assign(
    memoryBackend(),
    {
      extendObjectLock: async (handle: Handle) => {
        asked.push(handle);
        return handle.type === 'data';
      },
    },
  );
  return { backend, asked };
}

describe('object lock', () => {
  it('is extended on the rest where a file is missing, and that is told', async () => {
    const { backend, asked } = lockingBackend();
    const { repository, packs } = await sampleRepository({ backend });
    const extend = backend.extendObjectLock!;
    backend.extendObjectLock = async (handle, signal) => {
      if (handle.name === packs.data) throw new HoldfastError('not-found', 'gone');
      return extend(handle, signal);
    };
    await expect(extendObjectLock({ repository, signal: never })).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(packs.data),
    });
    expect(asked.map(({ name }) => name)).toEqual(expect.arrayContaining([packs.more, packs.trees]));
  });

  it('is extended on all that snapshots need, each file once, and on nothing else', async () => {
    const { backend, asked } = lockingBackend();
    const { repository, snapshots, packs } = await sampleRepository({ backend });
    const unused = await saveIndexedPack(repository, [{ type: 'data', plain: contentOf('of a killed backup') }]);
    const copy = await saveIndexedPack(repository, [{ type: 'data', plain: contentOf('kept') }]);
    const report = await extendObjectLock({ repository, signal: never });
    const names = (type: Handle['type']) => asked.filter((one) => one.type === type).map(({ name }) => name);
    expect(names('data').sort()).toEqual([packs.data, packs.more, packs.trees, copy].sort());
    expect(names('snapshot').sort()).toEqual([snapshots.old, snapshots.new].sort());
    expect(names('key')).toEqual(await namesOf(repository.backend, 'key'));
    expect(names('config')).toEqual(['config']);
    expect(names('lock')).toEqual([]);
    // All but the one that names the unused pack.
    expect(names('index')).toHaveLength((await namesOf(repository.backend, 'index')).length - 1);
    expect(names('data')).not.toContain(unused);
    expect(report).toEqual({ files: asked.length, extended: 4 });
  });

  it('is not extended for snapshots that are forgotten', async () => {
    const { backend, asked } = lockingBackend();
    const { repository, snapshots, packs } = await sampleRepository({ backend });
    await removeSnapshot(repository, snapshots.new, never);
    await extendObjectLock({ repository, signal: never });
    expect(asked.map(({ name }) => name)).not.toContain(packs.more);
    expect(asked.map(({ name }) => name)).not.toContain(snapshots.new);
  });

  it('is of no matter where the place asks for none', async () => {
    const { repository } = await sampleRepository();
    expect(await extendObjectLock({ repository, signal: never })).toBeUndefined();
  });

  it('is extended on all that is there where damage hides what is needed, and that is told', async () => {
    const { backend, asked } = lockingBackend();
    const { repository, packs } = await sampleRepository({ backend });
    await repository.removeFile('data', packs.trees, never);
    const again = await openRepository({ backend, password, signal: never });
    await expect(extendObjectLock({ repository: again, signal: never })).rejects.toMatchObject({ code: 'corrupt' });
    expect(asked.map(({ name }) => name)).toEqual(
      expect.arrayContaining([packs.data, packs.more, ...(await namesOf(repository.backend, 'index'))]),
    );
  });
});
