import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idOf } from '../../../src/format/id.ts';
import { addKey, changePassword, listKeys, openWithPassword, removeKey } from '../../../src/repository/keys.ts';
import { openRepository, type Repository } from '../../../src/repository/repository.ts';
import { fail, failAfter, faultyBackend } from '../../support/faulty-backend.ts';
import {
  cheapKey,
  codeOf,
  memoryRepository,
  messageFrom,
  namesOf,
  never,
  overwrite,
  password,
} from './test-repository.ts';

const opens = (repository: Repository, word: string): Promise<string> =>
  codeOf(() => openWithPassword(repository.backend, word, never));

/** Puts a key file of any content into the repository; gives its id. */
async function plantKey(repository: Repository, content: string | Uint8Array): Promise<string> {
  const bytes = Buffer.from(content as Uint8Array);
  await repository.backend.save({ type: 'key', name: idOf(bytes) }, bytes, never);
  return idOf(bytes);
}

async function keyJson(repository: Repository): Promise<Record<string, unknown>> {
  const bytes = await repository.backend.read({ type: 'key', name: repository.keyId }, never);
  return JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
}

describe('keys', () => {
  it('can be added, listed and removed; each password opens the same repository', async () => {
    const repository = await memoryRepository();
    const added = await addKey(repository, 'second', never, { ...cheapKey, username: 'ann', hostname: 'desk' });
    const second = await openRepository({ backend: repository.backend, password: 'second', signal: never });
    expect(second.keyId).toBe(added);
    expect(Buffer.compare(second.key.encryption, repository.key.encryption)).toBe(0);

    const list = await listKeys(repository, never);
    expect(list).toHaveLength(2);
    expect(list.find(({ id }) => id === added)).toMatchObject({ username: 'ann', hostname: 'desk', current: false });
    expect(list.find(({ current }) => current)?.id).toBe(repository.keyId);

    await removeKey(second, repository.keyId, never);
    expect(await opens(second, password)).toBe('wrong-password');
    expect(await opens(second, 'second')).toBe('no error');
  });

  it('refuse the removal of the one in use, and of one that is not there', async () => {
    const repository = await memoryRepository();
    await addKey(repository, 'second', never, cheapKey);
    expect(await codeOf(() => removeKey(repository, repository.keyId, never))).toBe('invalid-input');
    expect(await codeOf(() => removeKey(repository, '0'.repeat(64), never))).toBe('not-found');
    expect(await namesOf(repository.backend, 'key')).toHaveLength(2);
  });

  it('change their password', async () => {
    const repository = await memoryRepository();
    const id = await changePassword(repository, 'new', never, cheapKey);
    expect(await namesOf(repository.backend, 'key')).toEqual([id]);
    expect(await opens(repository, 'new')).toBe('no error');
    expect(await opens(repository, password)).toBe('wrong-password');
  });

  it('keep the old password when the new key cannot be written or read back', async () => {
    for (const call of ['save', 'read'] as const) {
      const { backend } = await memoryRepository();
      const faulty = faultyBackend(backend);
      const repository = await openRepository({ backend: faulty, password, signal: never });
      faulty.plant({ call, type: 'key', effect: fail('io') });
      expect(await codeOf(() => changePassword(repository, 'new', never, cheapKey))).toBe('io');
      expect(await opens(repository, password)).toBe('no error');
      expect(await namesOf(backend, 'key')).toHaveLength(1);
    }
  });

  it('try the hinted one first', async () => {
    const made = await memoryRepository();
    for (const word of ['a', 'b', 'c']) await addKey(made, word, never, cheapKey);
    const hint = await addKey(made, 'last', never, cheapKey);
    const watched = faultyBackend(made.backend);
    await openRepository({ backend: watched, password: 'last', signal: never, keyHint: hint });
    expect(watched.calls.filter((call) => call.startsWith('read key'))).toHaveLength(1);
  });
});

describe('damaged keys', () => {
  it('are no wrong password', async () => {
    const repository = await memoryRepository();
    await overwrite(repository.backend, { type: 'key', name: repository.keyId }, Buffer.from('{}'));
    expect(await opens(repository, password)).toBe('corrupt');
    expect(await messageFrom(() => openWithPassword(repository.backend, password, never))).toContain(repository.keyId);
    await repository.backend.remove({ type: 'key', name: repository.keyId }, never);
    expect(await opens(repository, password)).toBe('corrupt');
  });

  it('do not keep a sound one from opening', async () => {
    const repository = await memoryRepository();
    for (let index = 0; index < 5; index++) await plantKey(repository, `garbage ${index}`);
    expect(await opens(repository, password)).toBe('no error');
    expect(await opens(repository, 'wrong')).toBe('wrong-password');
    const damaged: string[] = [];
    expect(await listKeys(repository, never, (id) => damaged.push(id))).toHaveLength(1);
    expect(damaged).toHaveLength(5);
    expect(await codeOf(() => listKeys(repository, never))).toBe('corrupt');
  });

  it('a listing or read that fails is reported as what it is', async () => {
    const { backend } = await memoryRepository();
    for (const fault of [
      { call: 'list', type: 'key', effect: fail('network') },
      { call: 'list', type: 'key', effect: failAfter(1) },
      { call: 'read', type: 'key', effect: fail('network') },
    ] as const) {
      expect(await codeOf(() => openWithPassword(faultyBackend(backend, [fault]), password, never))).toBe('network');
    }
  });

  it('that ask for absurd memory or time are refused at once', async () => {
    const absurd = [
      { N: 2 ** 30 },
      { N: 2 ** 21, r: 8 },
      { N: 2 ** 15, r: 8, p: 1_000_000 },
      { N: 2 ** 20, r: 1, p: 1000 },
      { N: 3 },
      { N: 0 },
      { N: -4 },
      { N: 1.5 },
      { r: 0 },
      { p: 0 },
      { r: 2 ** 40 },
      { salt: '' },
      { data: '' },
    ];
    for (const change of absurd) {
      const repository = await memoryRepository();
      const json = { ...(await keyJson(repository)), ...change };
      await repository.backend.remove({ type: 'key', name: repository.keyId }, never);
      await plantKey(repository, JSON.stringify(json));
      const started = performance.now();
      expect([change, await opens(repository, password)]).toEqual([change, 'corrupt']);
      expect(performance.now() - started).toBeLessThan(500);
    }
  });

  it('of any content give corrupt or wrong-password', async () => {
    const repository = await memoryRepository();
    const sound = JSON.stringify(await keyJson(repository));
    await repository.backend.remove({ type: 'key', name: repository.keyId }, never);
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .tuple(fc.nat({ max: sound.length - 1 }), fc.constantFrom(...'0x{}"-,A9'))
        .map(([at, char]) => Buffer.from(sound.slice(0, at) + char + sound.slice(at + 1))),
    );
    await fc.assert(
      fc.asyncProperty(anyBytes, async (bytes) => {
        const id = await plantKey(repository, bytes);
        expect(['corrupt', 'wrong-password', 'no error']).toContain(await opens(repository, password));
        await repository.backend.remove({ type: 'key', name: id }, never);
      }),
      { numRuns: 80 },
    );
    await plantKey(repository, randomBytes(100));
  });
});
