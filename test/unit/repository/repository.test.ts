import { describe, expect, it } from 'vitest';
import type { FileType } from '../../../src/backend/backend.ts';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { encodeConfig } from '../../../src/format/config.ts';
import { idOf } from '../../../src/format/id.ts';
import { seal } from '../../../src/repository/crypto.ts';
import { defaultCost, newMasterKey } from '../../../src/repository/keys.ts';
import { initRepository, openRepository } from '../../../src/repository/repository.ts';
import { fail, faultyBackend, flipBit } from '../../support/faulty-backend.ts';
import {
  cheapKey,
  codeOf,
  filesOf,
  memoryRepository,
  messageFrom,
  namesOf,
  never,
  overwrite,
  password,
  savePack,
} from './test-repository.ts';

const config = { type: 'config', name: 'config' } as const;

describe('init and open', () => {
  it.each([1, 2] as const)('a repository of format %i opens with its password', async (version) => {
    const made = await memoryRepository({ version });
    const opened = await openRepository({ backend: made.backend, password, signal: never });
    expect(opened.config).toEqual(made.config);
    expect(opened.config.version).toBe(version);
    expect(Buffer.compare(opened.key.encryption, made.key.encryption)).toBe(0);
    expect(opened.keyId).toBe(made.keyId);
  });

  it('makes every repository with its own id, key and polynomial, or the polynomial asked for', async () => {
    const [one, two] = [await memoryRepository(), await memoryRepository()];
    expect(one.config.id).not.toBe(two.config.id);
    expect(one.config.chunkerPolynomial).not.toBe(two.config.chunkerPolynomial);
    expect(Buffer.compare(one.key.macK, two.key.macK)).not.toBe(0);
    const polynomial = one.config.chunkerPolynomial;
    const options = { backend: memoryBackend(), password, keyOptions: cheapKey, signal: never };
    expect((await initRepository({ ...options, polynomial })).config.chunkerPolynomial).toBe(polynomial);
  });

  it('protects the password with the cost of restic by default', async () => {
    const made = await initRepository({ backend: memoryBackend(), password, signal: never });
    const file = JSON.parse(Buffer.from(await made.backend.read({ type: 'key', name: made.keyId }, never)).toString());
    expect(file).toMatchObject({ kdf: 'scrypt', ...defaultCost });
  });

  it('never overwrites what is there', async () => {
    const made = await memoryRepository();
    const before = await filesOf(made.backend);
    const again = { backend: made.backend, password: 'other', keyOptions: cheapKey, signal: never };
    expect(await codeOf(() => initRepository(again))).toBe('exists');
    await made.backend.remove(config, never);
    before.delete('config/config');
    expect(await codeOf(() => initRepository(again))).toBe('exists');
    expect(await filesOf(made.backend)).toEqual(before);
  });

  it('leaves nothing in the way of the next try when it fails', async () => {
    const inner = memoryBackend();
    const full = faultyBackend(inner, [{ call: 'save', type: 'config', effect: fail('no-space') }]);
    const options = { password, keyOptions: cheapKey, signal: never };
    expect(await codeOf(() => initRepository({ ...options, backend: full }))).toBe('no-space');
    expect(await filesOf(inner)).toEqual(new Map());
    expect(await codeOf(() => initRepository({ ...options, backend: inner }))).toBe('no error');
  });

  it('tells "no repository" from other failures', async () => {
    expect(await codeOf(() => openRepository({ backend: memoryBackend(), password, signal: never }))).toBe(
      'no-repository',
    );
    const made = await memoryRepository();
    const denied = faultyBackend(made.backend, [{ call: 'read', type: 'config', effect: fail('permission') }]);
    expect(await codeOf(() => openRepository({ backend: denied, password, signal: never }))).toBe('permission');
    await made.backend.remove(config, never);
    expect(await codeOf(() => openRepository({ backend: made.backend, password, signal: never }))).toBe(
      'no-repository',
    );
  });

  it('writes nothing on a wrong password', async () => {
    const made = await memoryRepository();
    const before = await filesOf(made.backend);
    const watched = faultyBackend(made.backend);
    expect(await codeOf(() => openRepository({ backend: watched, password: 'wrong', signal: never }))).toBe(
      'wrong-password',
    );
    expect(await filesOf(made.backend)).toEqual(before);
    expect(watched.calls.filter((call) => !/^(read|list|stat)/.test(call))).toEqual([]);
  });

  it('names a damaged configuration', async () => {
    const made = await memoryRepository();
    const sound = await made.backend.read(config, never);
    const wrong = [
      Buffer.alloc(0),
      sound.subarray(0, 40),
      seal(newMasterKey(), encodeConfig(made.config)),
      seal(made.key, Buffer.from('{"version":2}')),
      seal(made.key, Buffer.from('garbage')),
    ];
    for (const bytes of wrong) {
      await overwrite(made.backend, config, bytes);
      const open = () => openRepository({ backend: made.backend, password, signal: never });
      expect(await codeOf(open)).toBe('corrupt');
      expect(await messageFrom(open)).toContain('config');
    }
    await overwrite(made.backend, config, seal(made.key, Buffer.from(encodeConfigOfVersion(3))));
    expect(await codeOf(() => openRepository({ backend: made.backend, password, signal: never }))).toBe('unsupported');
  });

  it('closes the backend when it cannot be opened, and when it is disposed', async () => {
    let closed = 0;
    const counting = () => {
      const backend = memoryBackend();
      backend[Symbol.asyncDispose] = async () => {
        closed++;
      };
      return backend;
    };
    await codeOf(() => openRepository({ backend: counting(), password, signal: never }));
    expect(closed).toBe(1);
    {
      await using repository = await memoryRepository({ backend: counting() });
      expect(repository.config.version).toBe(2);
    }
    expect(closed).toBe(2);
  });

  it('stops when cancelled', async () => {
    const reason = new Error('stop');
    await expect(
      openRepository({ backend: (await memoryRepository()).backend, password, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });
});

describe('unpacked files', () => {
  it.each([1, 2] as const)('come back as they were saved, in format %i', async (version) => {
    const repository = await memoryRepository({ version });
    const text = Buffer.from(JSON.stringify({ packs: [], filler: 'x'.repeat(1000) }));
    const id = await repository.saveUnpacked('index', text, never);
    expect(Buffer.compare(await repository.readUnpacked('index', id, never), text)).toBe(0);
    const stored = await repository.backend.read({ type: 'index', name: id }, never);
    expect(idOf(stored)).toBe(id);
    expect(stored.length < text.length).toBe(version === 2);
  });

  it('that do not match their name are corrupt, by name; a read that went wrong once is tried again', async () => {
    const repository = await memoryRepository();
    const id = await repository.saveUnpacked('snapshot', Buffer.from('{}'), never);
    const faulty = faultyBackend(repository.backend, [{ call: 'read', type: 'snapshot', effect: flipBit(77) }]);
    const again = await openRepository({ backend: faulty, password, signal: never });
    expect(Buffer.from(await again.readUnpacked('snapshot', id, never)).toString()).toBe('{}');
    faulty.plant({ call: 'read', type: 'snapshot', times: Number.POSITIVE_INFINITY, effect: flipBit(77) });
    expect(await codeOf(() => again.readUnpacked('snapshot', id, never))).toBe('corrupt');
    expect(await messageFrom(() => again.readUnpacked('snapshot', id, never))).toContain(id);
  });

  it('of garbage are corrupt, by name', async () => {
    const repository = await memoryRepository();
    const types: FileType[] = ['snapshot', 'index', 'lock'];
    for (const type of types) {
      for (const bytes of [Buffer.from('x'), Buffer.alloc(500, 7), seal(repository.key, Buffer.from([9, 9]))]) {
        const name = idOf(bytes);
        await repository.backend.save({ type, name }, bytes, never);
        const read = () => repository.readUnpacked(type as 'snapshot', name, never);
        expect(await codeOf(read)).toBe('corrupt');
        expect(await messageFrom(read)).toContain(name);
        await repository.backend.remove({ type, name }, never);
      }
    }
  });
});

describe('readBlob', () => {
  it('finds blobs by the index, and takes a sound copy where another is damaged', async () => {
    const repository = await memoryRepository();
    const plain = Buffer.from('content of a file');
    const one = await savePack(repository, [{ type: 'data', plain }]);
    const two = await savePack(repository, [
      { type: 'data', plain: Buffer.from('before') },
      { type: 'data', plain, compress: true },
    ]);
    const id = idOf(plain);
    const packs = [
      { id: one.packId, blobs: one.blobs },
      { id: two.packId, blobs: two.blobs },
    ];
    const index = await repository.loadIndex(never);
    for (const { id: packId, blobs } of packs) {
      const pack = index.addPack(packId);
      for (const blob of blobs) index.addBlob(pack, packId, blob);
    }
    expect(index.locations('data', id)).toHaveLength(2);
    expect(Buffer.from(await repository.readBlob('data', id, never)).equals(plain)).toBe(true);
    await repository.backend.remove({ type: 'data', name: one.packId }, never);
    expect(Buffer.from(await repository.readBlob('data', id, never)).equals(plain)).toBe(true);
    await overwrite(repository.backend, { type: 'data', name: two.packId }, Buffer.alloc(200, 1));
    expect(await codeOf(() => repository.readBlob('data', id, never))).toBe('corrupt');
    expect(await codeOf(() => repository.readBlob('tree', id, never))).toBe('not-found');
  });

  it('is a mistake before the index is loaded', async () => {
    const repository = await memoryRepository();
    expect(await codeOf(() => repository.readBlob('data', idOf(Buffer.from('x')), never))).toBe('internal');
    expect(await namesOf(repository.backend, 'index')).toEqual([]);
  });
});

function encodeConfigOfVersion(version: number): string {
  return JSON.stringify({ version, id: '0'.repeat(64), chunker_polynomial: '3da3358b4dc173' });
}
