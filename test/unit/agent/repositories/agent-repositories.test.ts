import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAgentRepositories } from '../../../../src/agent/repositories/agent-repositories.ts';
import { openBackend } from '../../../../src/backend/registry.ts';
import { type RepositoryConfig, repositorySchema } from '../../../../src/config/repository.ts';
import type { OpenRepositories } from '../../../../src/repository/mod.ts';
import { IndexSaver, initRepository, saveSnapshot } from '../../../../src/repository/mod.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';
import { cheapKey, never, password, unlocked } from '../../repository/test-repository.ts';

let folder: TemporaryFolder;
let clock: FakeClock;
let config: RepositoryConfig;
let secrets: Map<string, string>;
let opened: OpenRepositories;
/** Index files that were read. */
let indexReads: number;

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new FakeClock();
  indexReads = 0;
  const location = folder.at('repository');
  await using made = await initRepository({
    backend: openBackend(location),
    password,
    keyOptions: cheapKey,
    signal: never,
  });
  config = repositorySchema.parse({
    id: 'disk',
    name: 'Disk',
    location,
    repositoryId: made.config.id,
    createdAt: '2026-03-01T12:00:00Z',
  });
  secrets = new Map([['disk-repository', password]]);
  opened = openAgentRepositories({
    find: (id) => (id === config.id ? config : undefined),
    destinations: {
      openKept: async ({ location }) => {
        const backend = openBackend(location);
        const { read } = backend;
        return Object.assign(backend, {
          read: (...args: Parameters<typeof read>) => {
            if (args[0].type === 'index') indexReads += 1;
            return read.apply(backend, args);
          },
        });
      },
    },
    readSecret: async (name) => secrets.get(name),
    clock,
  });
});

afterEach(async () => {
  await opened[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe('opening by id', () => {
  it('opens with the kept password', async () => {
    await using repository = await opened.open('disk', never);
    expect(repository.config.id).toBe(config.repositoryId);
  });

  it('names an id that is unknown', async () => {
    await expect(opened.open('nas', never)).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no repository "nas".',
    });
  });

  it('says that no password is kept, not that it is wrong', async () => {
    secrets.clear();
    await expect(opened.open('disk', never)).rejects.toMatchObject({
      code: 'wrong-password',
      message: expect.stringContaining('is not kept here'),
    });
  });

  it('notices another repository in its place', async () => {
    config = { ...config, repositoryId: 'ab'.repeat(32) };
    await expect(opened.open('disk', never)).rejects.toMatchObject({
      code: 'no-repository',
      message: expect.stringContaining('Another repository lies at'),
    });
  });
});

describe('reading together', () => {
  it('shares one instance, and sees snapshots that came since', async () => {
    await using first = await opened.read('disk', never);
    expect(first.snapshots).toEqual([]);
    await using writer = await opened.open('disk', never);
    const snapshot = { time: '2026-03-01T12:00:00Z', tree: 'cd'.repeat(32), paths: ['/a'] };
    const id = await saveSnapshot(unlocked(writer), snapshot, never);
    await using second = await opened.read('disk', never);
    expect(second.repository).toBe(first.repository);
    expect(second.snapshots.map((stored) => stored.id)).toEqual([id]);
  });

  it('is closed when nobody used it for a while, and not before', async () => {
    let before: unknown;
    {
      await using lease = await opened.read('disk', never);
      before = lease.repository;
      await clock.advance(300_000);
    }
    await clock.advance(60_000);
    {
      await using again = await opened.read('disk', never);
      expect(again.repository).toBe(before);
    }
    await clock.advance(121_000);
    await using later = await opened.read('disk', never);
    expect(later.repository).not.toBe(before);
  });

  it('sees the index that a prune has written for the same snapshots', async () => {
    const blob = 'cd'.repeat(32);
    await using writer = await opened.open('disk', never);
    await saveSnapshot(unlocked(writer), { time: '2026-03-01T12:00:00Z', tree: blob, paths: ['/a'] }, never);
    await using first = await opened.read('disk', never);
    expect(first.repository.index.has('data', blob)).toBe(false);
    const saver = new IndexSaver(writer);
    saver.addPack('ab'.repeat(32), [{ type: 'data', id: blob, offset: 0, length: 40 }]);
    await saver.flush(never);
    await using second = await opened.read('disk', never);
    expect(second.repository.index.has('data', blob)).toBe(true);
  });

  it('goes on for others when he who asked first goes away', async () => {
    const gone = new AbortController();
    const first = opened.read('disk', gone.signal);
    const second = opened.read('disk', never);
    gone.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    await using lease = await second;
    expect(lease.repository.config.id).toBe(config.repositoryId);
  });

  it('leaves nothing that waits, though it is used until after the end', async () => {
    const lease = await opened.read('disk', never);
    await opened[Symbol.asyncDispose]();
    await lease[Symbol.asyncDispose]();
    expect(clock.sleeping).toBe(0);
  });

  it('tries again after a failure', async () => {
    secrets.clear();
    await expect(opened.read('disk', never)).rejects.toMatchObject({ code: 'wrong-password' });
    secrets.set('disk-repository', password);
    await using lease = await opened.read('disk', never);
    expect(lease.repository.config.id).toBe(config.repositoryId);
  });
});

describe('the index of one that is opened to write', () => {
  const load = async (): Promise<void> => {
    await using repository = await opened.open('disk', never);
    await repository.loadIndex(never);
  };

  beforeEach(async () => {
    await using repository = await opened.open('disk', never);
    const saver = new IndexSaver(repository);
    saver.addPack('ab'.repeat(32), [{ type: 'data', id: 'cd'.repeat(32), offset: 0, length: 40 }]);
    await saver.flush(never);
  });

  it('is read once, as long as somebody opens it every some minutes', async () => {
    for (let time = 0; time < 4; time++) {
      await load();
      await clock.advance(9 * 60_000);
    }
    expect(indexReads).toBe(1);
    await clock.advance(2 * 60_000);
    await load();
    expect(indexReads).toBe(2);
  });

  it('is forgotten when it is closed', async () => {
    await load();
    await opened.close('disk');
    await load();
    expect(indexReads).toBe(2);
  });
});
