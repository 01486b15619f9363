import { expect, it } from 'vitest';
import { tryStore } from '../../../../src/agent/repositories/try-store.ts';
import { memoryBackend } from '../../../../src/backend/memory/memory-backend.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import { type Backend, initRepository } from '../../../../src/repository/mod.ts';
import { cheapKey, never, password } from '../../repository/test-repository.ts';

async function repositoryOn(backend: Backend) {
  return initRepository({ backend, password, keyOptions: cheapKey, signal: never });
}

it('a store that takes and removes files is writable, and nothing stays behind', async () => {
  const backend = memoryBackend();
  await using repository = await repositoryOn(backend);
  expect(await tryStore(repository, never)).toEqual({ writable: true, appendOnly: false });
  for (const type of ['lock', 'data', 'index', 'snapshot'] as const) {
    expect(await Array.fromAsync(backend.list(type, never))).toEqual([]);
  }
});

it('one that refuses to remove packs is append-only', async () => {
  const backend = memoryBackend();
  const { remove } = backend;
  backend.remove = async (handle, signal) => {
    if (handle.type !== 'lock') throw new HoldfastError('append-only', 'No.');
    await remove.call(backend, handle, signal);
  };
  await using repository = await repositoryOn(backend);
  expect(await tryStore(repository, never)).toEqual({ writable: true, appendOnly: true });
});

it('one that refuses to write is not writable', async () => {
  const backend = memoryBackend();
  await using repository = await repositoryOn(backend);
  backend.save = async () => {
    throw new HoldfastError('permission', 'No.');
  };
  expect(await tryStore(repository, never)).toEqual({ writable: false, appendOnly: false });
});

it('one that takes a file and does not list it is refused', async () => {
  const backend = memoryBackend();
  await using repository = await repositoryOn(backend);
  backend.list = async function* () {};
  await expect(tryStore(repository, never)).rejects.toMatchObject({ code: 'corrupt' });
});
