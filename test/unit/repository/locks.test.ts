import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { HoldfastError } from '../../../src/base/errors.ts';
import { encodeLock, type LockFile } from '../../../src/format/lock.ts';
import {
  isStale,
  type LockHost,
  listLocks,
  removeAllLocks,
  removeStaleLocks,
} from '../../../src/repository/lock-files.ts';
import {
  type AcquireLockOptions,
  acquireLock,
  lockDelays,
  type RepositoryLock,
  startLock,
} from '../../../src/repository/locks.ts';
import { openRepository, type Repository } from '../../../src/repository/repository.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { fail, faultyBackend, loseAnswer } from '../../support/faulty-backend.ts';
import { codeOf, memoryRepository, messageFrom, namesOf, never, password } from './test-repository.ts';

const minute = 60_000;
const alive = new Set([1, 2, 3]);

function host(pid: number, name = 'desk'): LockHost {
  return { hostname: name, username: 'ann', pid, uid: 1000, gid: 1000, isAlive: (other) => alive.has(other) };
}

/** Machines and processes on one repository, under one clock. */
class Stage {
  readonly clock = new FakeClock('2024-01-01T00:00:00Z');
  readonly backend: Backend;
  readonly repository: Repository;
  readonly #held: RepositoryLock[] = [];

  constructor(repository: Repository) {
    this.repository = repository;
    this.backend = repository.backend;
  }

  /** Acquires while time passes as needed. */
  async acquire(pid: number, options: Partial<AcquireLockOptions> = {}, passMs = 1000): Promise<RepositoryLock> {
    const pending = acquireLock(this.repository, {
      exclusive: false,
      signal: never,
      clock: this.clock,
      host: host(pid),
      ...options,
    });
    pending.catch(() => undefined);
    await this.clock.advance(passMs);
    const lock = await pending;
    this.#held.push(lock);
    return lock;
  }

  locks(): Promise<string[]> {
    return namesOf(this.backend, 'lock');
  }

  /** A lock file of somebody else. */
  async plant(fields: Partial<LockFile> = {}, ageMs = 0): Promise<string> {
    const time = new Date(this.clock.now().getTime() - ageMs).toISOString().replace('.000Z', 'Z');
    const lock = { time, exclusive: true, hostname: 'other', username: 'bob', pid: 77, ...fields };
    return this.repository.saveUnpacked('lock', encodeLock(lock), never);
  }

  async end(): Promise<void> {
    for (const lock of this.#held) await lock[Symbol.asyncDispose]();
  }
}

const stages: Stage[] = [];

async function stage(backend?: Backend): Promise<Stage> {
  const made = new Stage(await memoryRepository(backend === undefined ? {} : { backend }));
  stages.push(made);
  return made;
}

afterEach(async () => {
  for (const each of stages.splice(0)) await each.end();
});

describe('acquireLock', () => {
  it('writes a lock that says who holds it, and removes it in the end', async () => {
    const { repository, clock, ...its } = await stage();
    {
      const pending = acquireLock(repository, { exclusive: true, signal: never, clock, host: host(1) });
      await clock.advance(lockDelays.settleMs);
      await using lock = await pending;
      const [stored] = await listLocks(repository, never);
      expect(stored).toMatchObject({
        id: lock.id,
        lock: { exclusive: true, hostname: 'desk', username: 'ann', pid: 1, uid: 1000, gid: 1000 },
        time: new Date(Date.UTC(2024, 0, 1)),
      });
    }
    expect(await namesOf(repository.backend, 'lock')).toEqual([]);
    expect(its.backend).toBe(repository.backend);
  });

  it('lets shared locks be together, and exclusive ones only alone', async () => {
    const its = await stage();
    await its.acquire(1);
    await its.acquire(2);
    expect(await codeOf(() => its.acquire(3, { exclusive: true }))).toBe('locked');
    const message = await messageFrom(() => its.acquire(3, { exclusive: true }));
    expect(message).toMatch(/process [12] of ann on desk/);
    expect(await its.locks()).toHaveLength(2);

    const other = await stage();
    await other.acquire(1, { exclusive: true });
    expect(await codeOf(() => other.acquire(2))).toBe('locked');
    expect(await codeOf(() => other.acquire(2, { exclusive: true }))).toBe('locked');
    expect(await other.locks()).toHaveLength(1);
  });

  it('of two that start at once, never lets both in', async () => {
    for (const both of [
      [true, true],
      [true, false],
    ] as const) {
      const its = await stage();
      const results = both.map((exclusive, index) => codeOf(() => its.acquire(index + 1, { exclusive })));
      expect((await Promise.all(results)).filter((code) => code === 'no error').length).toBeLessThan(2);
    }
  });

  it('waits as long as it was told, and gets in when the other is gone', async () => {
    const its = await stage();
    const holder = await its.acquire(1, { exclusive: true });
    let told = 0;
    const waiting = its.acquire(2, { waitMs: 10 * minute, onWait: () => told++ }, 0);
    await its.clock.advance(2 * minute);
    expect(told).toBe(1);
    await holder[Symbol.asyncDispose]();
    await its.clock.advance(2 * lockDelays.maxRetryMs);
    const lock = await waiting;
    expect(await its.locks()).toEqual([lock.id]);
  });

  it('gives up after its time, leaving nothing', async () => {
    const its = await stage();
    await its.acquire(1, { exclusive: true });
    expect(await codeOf(() => its.acquire(2, { waitMs: 5 * minute }, 5 * minute + 1000))).toBe('locked');
    expect(await its.locks()).toHaveLength(1);
  });

  it('is cancelled at once, leaving nothing, waiting or settling', async () => {
    const its = await stage();
    const holder = await its.acquire(1, { exclusive: true });
    for (const step of ['waiting', 'settling']) {
      if (step === 'settling') await holder[Symbol.asyncDispose]();
      const controller = new AbortController();
      const pending = its.acquire(2, { waitMs: 10 * minute, signal: controller.signal }, 0);
      await its.clock.advance(100);
      controller.abort(new Error('stop'));
      await expect(pending).rejects.toThrow('stop');
      expect(await its.locks()).toHaveLength(step === 'waiting' ? 1 : 0);
    }
  });

  it('removes locks of this machine whose process is gone, and only those', async () => {
    const its = await stage();
    await its.plant({ hostname: 'desk', pid: 99 });
    await its.plant({ hostname: 'desk', pid: 98 });
    const lock = await its.acquire(1, { exclusive: true });
    expect(await its.locks()).toEqual([lock.id]);

    for (const [fields, ageMs] of [
      [{ hostname: 'desk', pid: 2 }, 0],
      [{ hostname: 'other', pid: 99 }, 0],
      [{ hostname: 'other', pid: 99 }, 400 * 24 * 60 * minute],
    ] as const) {
      const next = await stage();
      const planted = await next.plant(fields, ageMs);
      expect(await codeOf(() => next.acquire(1))).toBe('locked');
      expect(await next.locks()).toEqual([planted]);
    }

    const keeping = await stage();
    const dead = await keeping.plant({ hostname: 'desk', pid: 99 });
    expect(await codeOf(() => keeping.acquire(1, { abandoned: 'keep' }))).toBe('locked');
    expect(await keeping.locks()).toEqual([dead]);
  });

  it('names a lock file that it cannot read, and fails when locks cannot be listed', async () => {
    const its = await stage();
    const damaged = await its.repository.saveUnpacked('lock', Buffer.from('{}'), never);
    expect(await codeOf(() => its.acquire(1))).toBe('corrupt');
    expect(await messageFrom(() => its.acquire(1))).toContain(damaged);
    expect(await its.locks()).toEqual([damaged]);

    const faulty = faultyBackend(memoryBackend());
    const unlisted = await stage(faulty);
    faulty.plant({ call: 'list', type: 'lock', effect: fail('network') });
    expect(await codeOf(() => unlisted.acquire(1))).toBe('network');
    expect(await unlisted.locks()).toEqual([]);
    faulty.plant({ call: 'list', type: 'lock', nth: 2, effect: fail('network') });
    expect(await codeOf(() => unlisted.acquire(1))).toBe('network');
    expect(await unlisted.locks()).toEqual([]);
  });

  it('leaves no lock behind whose writing seemed to fail', async () => {
    const faulty = faultyBackend(memoryBackend());
    const its = await stage(faulty);
    faulty.plant({ call: 'save', type: 'lock', effect: loseAnswer() });
    expect(await codeOf(() => its.acquire(1))).toBe('network');
    expect(await its.locks()).toEqual([]);
  });
});

describe('startLock', () => {
  it('returns before the lock is certain; settled tells', async () => {
    const { repository, clock } = await stage();
    const options = { exclusive: true, signal: never, clock };
    const one = await startLock(repository, { ...options, host: host(1) });
    expect(await namesOf(repository.backend, 'lock')).toEqual([one.id]);
    await repository.saveUnpacked(
      'lock',
      encodeLock({ time: '2024-01-01T00:00:00Z', exclusive: false, hostname: 'o', username: '', pid: 5 }),
      never,
    );
    const settled = codeOf(() => one.settled());
    const verified = codeOf(() => one.verify(never));
    await clock.advance(lockDelays.settleMs);
    expect(await settled).toBe('locked');
    expect(await verified).toBe('locked');
    expect(one.signal.aborted).toBe(true);
    expect(one.signal.reason).toMatchObject({ code: 'locked' });
    expect(await listLocks(repository, never)).toHaveLength(1);
    await one[Symbol.asyncDispose]();
  });
});

describe('a lock that is held', () => {
  it('is refreshed every five minutes', async () => {
    const its = await stage();
    const lock = await its.acquire(1);
    const seen = new Set([lock.id]);
    for (let minutes = 0; minutes < 60; minutes++) {
      await its.clock.advance(minute);
      const [stored, ...others] = await listLocks(its.repository, never);
      expect(others).toEqual([]);
      expect(stored!.id).toBe(lock.id);
      expect(its.clock.now().getTime() - stored!.time.getTime()).toBeLessThan(5 * minute + 10_000);
      seen.add(lock.id);
    }
    expect(seen.size).toBeGreaterThan(9);
    await lock.verify(never);
  });

  it('survives failures of the store that end in time, and is lost by those that do not', async () => {
    const faulty = faultyBackend(memoryBackend());
    const its = await stage(faulty);
    const lock = await its.acquire(1);
    faulty.plant({ call: 'save', type: 'lock', times: 100, effect: fail('network') });
    await its.clock.advance(20 * minute);
    expect(lock.signal.aborted).toBe(false);
    await lock.verify(never);
    expect(await its.locks()).toEqual([lock.id]);
    faulty.plant({ call: 'save', type: 'lock', times: Number.POSITIVE_INFINITY, effect: fail('network') });
    await its.clock.advance(25 * minute);
    expect(lock.signal.reason).toMatchObject({ code: 'locked' });
    expect(await codeOf(() => lock.verify(never))).toBe('locked');
  });

  it('that was removed by others is noticed by verify, at the latest', async () => {
    const its = await stage();
    const lock = await its.acquire(1);
    await lock.verify(never);
    await removeAllLocks(its.repository, never);
    expect(await codeOf(() => lock.verify(never))).toBe('locked');
    expect(lock.signal.reason).toMatchObject({ code: 'locked' });
  });

  describe('commits', () => {
    const plain = Buffer.from('{}');

    it('what is stored while it is held', async () => {
      const its = await stage();
      const lock = await its.acquire(1);
      const id = await lock.commit('index', plain, never);
      expect(await namesOf(its.backend, 'index')).toEqual([id]);
      expect(Buffer.from(await its.repository.readUnpacked('index', id, never)).toString()).toBe('{}');
    });

    it('nothing once it is lost', async () => {
      const its = await stage();
      const lock = await its.acquire(1);
      await removeAllLocks(its.repository, never);
      expect(await codeOf(() => lock.commit('snapshot', plain, never))).toBe('locked');
      expect(await namesOf(its.backend, 'snapshot')).toEqual([]);
    });

    it.each(['index', 'snapshot'] as const)(
      'nothing when it was lost in a sleep in the middle of it: %s',
      async (type) => {
        const its = await stage();
        const lock = await its.acquire(1);
        const save = its.backend.save.bind(its.backend);
        vi.spyOn(its.backend, 'save').mockImplementation(async (handle, bytes, signal) => {
          await removeAllLocks(its.repository, never);
          its.clock.jumpWallClock(2 * lockDelays.promptMs);
          await save(handle, bytes, signal);
        });
        expect(await codeOf(() => lock.commit(type, plain, never))).toBe('locked');
        expect(await namesOf(its.backend, type)).toEqual([]);
      },
    );

    it('nothing when it was lost in a sleep right after it was looked at', async () => {
      const its = await stage();
      const lock = await its.acquire(1);
      const stat = its.backend.stat.bind(its.backend);
      vi.spyOn(its.backend, 'stat').mockImplementationOnce(async (handle, signal) => {
        const found = await stat(handle, signal);
        await removeAllLocks(its.repository, never);
        its.clock.jumpWallClock(2 * lockDelays.promptMs);
        return found;
      });
      expect(await codeOf(() => lock.commit('index', plain, never))).toBe('locked');
      expect(await namesOf(its.backend, 'index')).toEqual([]);
    });

    it('nothing when it was lost in a sleep, and the work is cancelled then', async () => {
      const its = await stage();
      const lock = await its.acquire(1);
      const cancel = new AbortController();
      const save = its.backend.save.bind(its.backend);
      vi.spyOn(its.backend, 'save').mockImplementation(async (handle, bytes, signal) => {
        await save(handle, bytes, signal);
        await removeAllLocks(its.repository, never);
        its.clock.jumpWallClock(2 * lockDelays.promptMs);
        cancel.abort(new HoldfastError('cancelled', 'Cancelled.'));
      });
      expect(await codeOf(() => lock.commit('index', plain, cancel.signal))).toBe('cancelled');
      expect(await namesOf(its.backend, 'index')).toEqual([]);
    });

    it('what was stored when its answer was lost and the lock is held: it does no harm', async () => {
      const its = await stage(faultyBackend(memoryBackend(), [{ call: 'save', type: 'index', effect: loseAnswer() }]));
      const lock = await its.acquire(1);
      expect(await codeOf(() => lock.commit('index', plain, never))).toBe('network');
      expect(await namesOf(its.backend, 'index')).toHaveLength(1);
    });
  });

  it('after the machine slept: renewed if it is still there', async () => {
    const its = await stage();
    const lock = await its.acquire(1);
    const before = lock.id;
    its.clock.jumpWallClock(8 * 60 * minute);
    const verified = lock.verify(never);
    await its.clock.advance(lockDelays.settleMs);
    await verified;
    expect(lock.signal.aborted).toBe(false);
    expect(lock.id).not.toBe(before);
    expect(await its.locks()).toEqual([lock.id]);
  });

  it('after the machine slept: lost if others removed it, and nothing is written', async () => {
    const its = await stage();
    const lock = await its.acquire(1);
    its.clock.jumpWallClock(8 * 60 * minute);
    expect(await removeStaleLocks(its.repository, { clock: its.clock, host: host(2, 'lap'), signal: never })).toBe(1);
    expect(await codeOf(() => lock.verify(never))).toBe('locked');
    expect(lock.signal.aborted).toBe(true);
    expect(await its.locks()).toEqual([]);
  });

  it('after the machine slept: lost without being asked, if others removed it', async () => {
    const its = await stage();
    const lock = await its.acquire(1);
    its.clock.jumpWallClock(8 * 60 * minute);
    await removeAllLocks(its.repository, never);
    await its.clock.advance(lockDelays.pollMs);
    expect(lock.signal.reason).toMatchObject({ code: 'locked' });
  });

  it('is lost if it is removed while it is renewed, and takes its new file along', async () => {
    const its = await stage();
    const lock = await its.acquire(1);
    const old = lock.id!;
    its.clock.jumpWallClock(60 * minute);
    const verified = codeOf(() => lock.verify(never));
    await its.clock.advance(lockDelays.settleMs / 2);
    expect(await its.locks()).toHaveLength(2);
    await its.repository.removeFile('lock', old, never);
    await its.clock.advance(lockDelays.settleMs);
    expect(await verified).toBe('locked');
    await lock[Symbol.asyncDispose]();
    expect(await its.locks()).toEqual([]);
  });

  it('is refreshed too when the wall clock was set back', async () => {
    const its = await stage();
    const lock = await its.acquire(1);
    const before = lock.id;
    its.clock.jumpWallClock(-400 * 24 * 60 * minute);
    await its.clock.advance(6 * minute);
    expect(lock.id).not.toBe(before);
    await lock.verify(never);
  });

  it('aborts with the signal it was acquired with, and is removed all the same', async () => {
    const its = await stage();
    const controller = new AbortController();
    const lock = await its.acquire(1, { signal: controller.signal });
    controller.abort(new Error('stop'));
    expect(lock.signal.reason).toMatchObject({ message: 'stop' });
    await lock[Symbol.asyncDispose]();
    expect(await its.locks()).toEqual([]);
  });

  it('leaves no timer behind', async () => {
    const its = await stage();
    const lock = await its.acquire(1);
    expect(its.clock.sleeping).toBe(1);
    await lock[Symbol.asyncDispose]();
    await lock[Symbol.asyncDispose]();
    expect(its.clock.sleeping).toBe(0);
  });

  it('makes this process survive the SIGHUP by which restic asks whether it lives', async () => {
    const its = await stage();
    await its.acquire(1);
    process.kill(process.pid, 'SIGHUP');
    await new Promise(setImmediate);
    expect(process.listenerCount('SIGHUP')).toBeGreaterThan(0);
  });
});

describe('stale locks', () => {
  it('are those not refreshed for 30 minutes, and those of a gone process of this machine', async () => {
    const its = await stage();
    const ages: [Partial<LockFile>, number, boolean][] = [
      [{}, 31 * minute, true],
      [{}, 29 * minute, false],
      [{}, -5 * minute, false],
      [{ hostname: 'desk', pid: 1 }, 0, false],
      [{ hostname: 'desk', pid: 1 }, 31 * minute, true],
      [{ hostname: 'desk', pid: 99 }, 0, true],
      [{ hostname: 'other', pid: 99 }, 0, false],
    ];
    const kept: string[] = [];
    for (const [fields, ageMs, stale] of ages) {
      const id = await its.plant(fields, ageMs);
      const stored = (await listLocks(its.repository, never)).find((lock) => lock.id === id)!;
      expect([fields, ageMs, isStale(stored, its.clock, host(3))]).toEqual([fields, ageMs, stale]);
      if (!stale) kept.push(id);
    }
    const damaged = await its.repository.saveUnpacked('lock', Buffer.from('[]'), never);
    const removed = await removeStaleLocks(its.repository, { clock: its.clock, host: host(3), signal: never });
    expect(removed).toBe(3);
    expect(await its.locks()).toEqual([...kept, damaged].sort());
    expect(await removeAllLocks(its.repository, never)).toBe(5);
    expect(await its.locks()).toEqual([]);
  });

  it('are judged by the real process table by default', async () => {
    const made = await memoryRepository();
    const repository = await openRepository({ backend: made.backend, password, signal: never });
    await using lock = await acquireLock(repository, { exclusive: true, signal: never });
    const [stored] = await listLocks(repository, never);
    expect(stored!.lock.pid).toBe(process.pid);
    expect(isStale(stored!, { now: () => new Date(), monotonicMs: () => 0, sleep: async () => undefined })).toBe(false);
    expect(lock.signal.reason).not.toBeInstanceOf(HoldfastError);
  });
});
