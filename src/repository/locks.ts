/**
 * Locks, by restic's rules (internal/repository/lock.go, lock_file.go), so that both programs respect each other.
 *
 *   look for conflicting locks ──► write ours ──► 200 ms ──► look again (two that started at once see each other)
 *   refresh every 5 minutes: write a new file, then remove the old one
 *   not refreshed for 22.5 minutes (sleep, no network): renew only if our file is still there, else the lock is lost
 *
 * Guarantees:
 * - `lock.signal` aborts, with a `locked` error, as soon as it is known that the lock is lost: work runs under it.
 * - `lock.verify` is to be called before anything is removed. It fails unless our lock file exists and is fresh.
 * - `lock.commit` writes what others rely on: index and snapshot files. A process that was asleep, before it or in the middle, while others
 *   took its lock for stale and pruned what it had stored, leaves nothing of that kind behind.
 * - Disposing removes the lock file, also after cancellation.
 *
 * A restic that asks whether our process lives sends it SIGHUP, which would end Node. So with the first lock this process
 * takes, it starts to ignore SIGHUP, for ever, as restic itself does.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { HoldfastError, isHoldfastError } from '../base/errors.ts';
import { formatTime } from '../format/go-time.ts';
import type { Id } from '../format/id.ts';
import { encodeLock } from '../format/lock.ts';
import { isAbandoned, type LockHost, listLocks, type StoredLock, staleAfterMs, thisHost } from './lock-files.ts';
import type { Commit, Repository } from './repository.ts';

/** Every delay of locking, in one place. Milliseconds; restic's values. */
export const lockDelays = {
  /** Between writing a lock and looking again for others. Long enough for a listing elsewhere to show it. */
  settleMs: 200,
  refreshMs: 5 * 60_000,
  /** A bit before others take it for stale (restic: staleLockTimeout − 1.5 × refresh interval): clocks differ. */
  refreshableMs: staleAfterMs - 7.5 * 60_000,
  /** How often the wall clock is looked at: timers stand still while a machine sleeps, the wall clock does not. */
  pollMs: 5_000,
  /** A commit that took longer may have been interrupted by a sleep: the lock is looked at again. */
  promptMs: 1_000,
  firstRetryMs: 1_000,
  maxRetryMs: 30_000,
  /** Lock files are written and removed within this time, also when the work was cancelled: none must be left. */
  fileMs: 20_000,
} as const;

export interface AcquireLockOptions {
  /** Exclusive: nobody else may hold any lock (prune, repair). Otherwise only exclusive locks of others conflict. */
  readonly exclusive: boolean;
  /** How long to wait for others to finish; 0 = fail at once. */
  readonly waitMs?: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly host?: LockHost;
  /** Told once, when waiting starts. */
  readonly onWait?: (holder: StoredLock) => void;
  /**
   * Locks in the way whose process ran on this machine and is gone: removed unless this says `keep`. Locks that are only
   * old are never removed here: this machine's clock may be wrong. `removeStaleLocks` does that on the user's word.
   */
  readonly abandoned?: 'remove' | 'keep';
}

/**
 * Takes a lock and waits until it is certain.
 *
 * @throws `locked` naming the holder, after `waitMs`; `corrupt` naming a lock file that cannot be read
 */
export async function acquireLock(repository: Repository, options: AcquireLockOptions): Promise<RepositoryLock> {
  const lock = await startLock(repository, options);
  try {
    await lock.settled();
    return lock;
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * As `acquireLock`, but returns once the lock file is written: its last 200 ms may be used for work that writes nothing.
 * Await `settled()` (or `verify`) before the first write.
 */
export async function startLock(repository: Repository, options: AcquireLockOptions): Promise<RepositoryLock> {
  ignoreHangUp();
  const lock = new RepositoryLock(repository, options);
  try {
    await lock.start();
    return lock;
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

/** A lock that is held, or on the way to be. Made by `acquireLock` and `startLock` only. */
export class RepositoryLock implements AsyncDisposable {
  readonly exclusive: boolean;
  readonly #repository: Repository;
  readonly #options: AcquireLockOptions;
  readonly #clock: Clock;
  readonly #host: LockHost;
  readonly #deadlineMs: number;
  /** Aborts when the lock is lost. */
  readonly #lost = new AbortController();
  /** Ends the refreshing when the lock is released. */
  readonly #released = new AbortController();
  #id: Id | undefined;
  /** Every lock file of ours that may exist, one whose writing seemed to fail included. */
  readonly #written = new Set<Id>();
  #refreshedMs = 0;
  #refreshedMonotonicMs = 0;
  #settling: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;
  /** Renewals run one at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(repository: Repository, options: AcquireLockOptions) {
    this.#repository = repository;
    this.#options = options;
    this.exclusive = options.exclusive;
    this.#clock = options.clock ?? systemClock;
    this.#host = options.host ?? thisHost();
    this.#deadlineMs = this.#clock.monotonicMs() + (options.waitMs ?? 0);
    this.signal = AbortSignal.any([options.signal, this.#lost.signal]);
  }

  /** Aborts when the signal it was acquired with does, and when the lock is lost (`locked`). */
  readonly signal: AbortSignal;

  /** The lock file; changes with every refresh. */
  get id(): Id | undefined {
    return this.#id;
  }

  /** Looks for others, writes the lock file, and begins to settle. Called once, by `startLock`. */
  async start(): Promise<void> {
    const { signal } = this.#options;
    await this.#waitForOthers(signal);
    await this.#write();
    signal.throwIfAborted();
    this.#settling = this.#settle(signal);
    this.#settling.catch((error: unknown) => this.#lose(error));
    this.#refreshing = this.#refreshLoop();
  }

  /** Resolves when the lock is certain. Throws as `acquireLock` does. */
  async settled(): Promise<void> {
    await this.#settling;
  }

  /**
   * Makes sure that the lock is held at this moment; to be called before anything is committed. A run that was
   * cancelled may ask too, with another signal: what it stored before is still to be indexed.
   *
   * @throws `locked` if it is lost (`lock.signal` is aborted then)
   */
  async verify(signal: AbortSignal): Promise<void> {
    await this.settled();
    this.#lost.signal.throwIfAborted();
    signal.throwIfAborted();
    await this.#exclusively(async () => {
      if (this.#age() >= lockDelays.refreshableMs) await this.#renewOld(signal);
      else if (!(await this.#exists(this.#id, signal))) throw this.#lose(lostLock('its lock file was removed'));
    });
    this.#lost.signal.throwIfAborted();
    signal.throwIfAborted();
  }

  /**
   * Verifies, stores an index or snapshot file durably, and verifies again unless that was prompt. One that was stored without a lock is
   * taken back: it may name what is gone.
   *
   * @returns its id
   * @throws as `verify`, and the backend's codes
   */
  readonly commit: Commit = async (type, plain, signal) => {
    const [wallMs, monotonicMs] = [this.#clock.now().getTime(), this.#clock.monotonicMs()];
    const isLate = (): boolean =>
      Math.max(this.#clock.now().getTime() - wallMs, this.#clock.monotonicMs() - monotonicMs) > lockDelays.promptMs;
    await this.verify(signal);
    const { name, sealed } = this.#repository.sealUnpacked(plain);
    try {
      await this.#repository.backend.save({ type, name }, sealed, signal);
      if (isLate()) await this.verify(signal);
    } catch (error) {
      // It may have been stored all the same.
      if (isLate()) await this.verify(AbortSignal.timeout(lockDelays.fileMs)).catch(() => undefined);
      if (this.#lost.signal.aborted) await this.#takeBack(type, name);
      throw error;
    }
    return name;
  };

  /** Releases the lock. The file is removed even if the work was cancelled. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#released.abort();
    await this.#settling?.catch(() => undefined);
    await this.#refreshing;
    await this.#turn.catch(() => undefined);
    await this.#remove();
  }

  async #takeBack(type: 'index' | 'snapshot', name: Id): Promise<void> {
    try {
      await this.#repository.removeFile(type, name, AbortSignal.timeout(lockDelays.fileMs));
    } catch {
      // Where nothing may be removed: check names it.
    }
  }

  async #settle(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#clock.sleep(lockDelays.settleMs, AbortSignal.any([signal, this.#released.signal]));
      const holder = await this.#conflict(signal);
      if (holder === undefined) return;
      await this.#remove();
      if (this.#clock.monotonicMs() >= this.#deadlineMs) throw lockedBy(holder, this.exclusive);
      await this.#waitForOthers(signal);
      await this.#write();
    }
  }

  /** Until nobody is in the way, or the time is up. */
  async #waitForOthers(signal: AbortSignal): Promise<void> {
    let retryMs: number = lockDelays.firstRetryMs;
    for (let told = false; ; retryMs = Math.min(2 * retryMs, lockDelays.maxRetryMs)) {
      const holder = await this.#conflict(signal);
      if (holder === undefined) return;
      const leftMs = this.#deadlineMs - this.#clock.monotonicMs();
      if (leftMs <= 0) throw lockedBy(holder, this.exclusive);
      if (!told) this.#options.onWait?.(holder);
      told = true;
      await this.#clock.sleep(Math.min(retryMs, leftMs), AbortSignal.any([signal, this.#released.signal]));
    }
  }

  /** A lock in the way, after the abandoned ones were removed. */
  async #conflict(signal: AbortSignal): Promise<StoredLock | undefined> {
    const locks = await listLocks(this.#repository, signal, { ours: this.#written });
    for (const other of locks.filter(({ lock }) => this.exclusive || lock.exclusive)) {
      if (this.#options.abandoned === 'keep' || !isAbandoned(other, this.#host)) return other;
      await this.#repository.removeFile('lock', other.id, signal);
    }
    return undefined;
  }

  /** Writes a lock file of now and makes it the current one. */
  async #write(): Promise<void> {
    const { hostname, username, pid, uid, gid } = this.#host;
    const now = this.#clock.now();
    const monotonicMs = this.#clock.monotonicMs();
    const bytes = encodeLock({
      time: formatTime(BigInt(now.getTime()) * 1_000_000n),
      exclusive: this.exclusive,
      hostname,
      username,
      pid,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    const { name, sealed } = this.#repository.sealUnpacked(bytes);
    this.#written.add(name);
    await this.#repository.backend.save({ type: 'lock', name }, sealed, AbortSignal.timeout(lockDelays.fileMs));
    this.#id = name;
    this.#refreshedMs = now.getTime();
    this.#refreshedMonotonicMs = monotonicMs;
  }

  /** Milliseconds since the last refresh. Asleep, only the wall clock goes on; a wall clock set back shows in the other. */
  #age(): number {
    const wallMs = this.#clock.now().getTime() - this.#refreshedMs;
    return Math.max(wallMs, this.#clock.monotonicMs() - this.#refreshedMonotonicMs);
  }

  async #refreshLoop(): Promise<void> {
    const stop = AbortSignal.any([this.#released.signal, this.signal]);
    try {
      await this.#settling;
      for (;;) {
        await this.#clock.sleep(lockDelays.pollMs, stop);
        if (this.#age() >= lockDelays.refreshMs) await this.#exclusively(() => this.#refresh(stop));
      }
    } catch {
      // Stopped, or lost: `signal` says why.
    }
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    if (this.#age() < lockDelays.refreshMs) return; // another turn did it
    if (this.#age() >= lockDelays.refreshableMs) return this.#renewOld(signal);
    try {
      await this.#write();
      await this.#remove(this.#id);
    } catch {
      // The store may be back in a while: tried again every poll, until others may take the lock for stale.
    }
  }

  /**
   * Refreshes a lock that others may have removed as stale: only if our file is there before the new one is written, and
   * still there when that one had time to be seen.
   */
  async #renewOld(signal: AbortSignal): Promise<void> {
    const old = this.#id;
    try {
      if (!(await this.#exists(old, signal)))
        throw lostLock('it was not refreshed for too long, and others removed it');
      await this.#write();
      await this.#clock.sleep(lockDelays.settleMs, signal);
      if (!(await this.#exists(old, signal))) throw lostLock('it was removed while it was refreshed');
      await this.#remove(this.#id);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#lose(isHoldfastError(error, 'locked') ? error : lostLock('it could not be refreshed in time', error));
    }
  }

  async #exists(id: Id | undefined, signal: AbortSignal): Promise<boolean> {
    if (id === undefined) return false;
    try {
      await this.#repository.backend.stat({ type: 'lock', name: id }, signal);
      return true;
    } catch (error) {
      if (isHoldfastError(error, 'not-found')) return false;
      throw error;
    }
  }

  #exclusively(work: () => Promise<void>): Promise<void> {
    const run = this.#turn.then(work);
    this.#turn = run.catch(() => undefined);
    return run;
  }

  /** Marks the lock as lost; gives back the error. */
  #lose(error: unknown): unknown {
    this.#lost.abort(error);
    return error;
  }

  /** Removes our lock files but the one to keep. */
  async #remove(keep?: Id): Promise<void> {
    for (const id of this.#written) {
      if (id === keep) continue;
      await this.#repository.removeFile('lock', id, AbortSignal.timeout(lockDelays.fileMs));
      this.#written.delete(id);
      if (id === this.#id) this.#id = undefined;
    }
  }
}

function lockedBy({ id, lock, time }: StoredLock, exclusive: boolean): HoldfastError {
  const how = lock.exclusive ? 'exclusively ' : '';
  const who = `process ${lock.pid} of ${lock.username || 'an unknown user'} on ${lock.hostname || 'an unknown machine'}`;
  return new HoldfastError('locked', `The repository is ${how}locked by ${who} since ${time.toISOString()}.`, {
    retry: 'backoff',
    hint: 'Wait until that has finished. If it was ended hard, `unlock` removes locks that are stale.',
    context: { lock: id, hostname: lock.hostname, pid: lock.pid, exclusive: lock.exclusive, wanted: exclusive },
  });
}

function lostLock(why: string, cause?: unknown): HoldfastError {
  return new HoldfastError('locked', `The lock on the repository was lost: ${why}.`, {
    retry: 'backoff',
    hint: 'Nothing was committed after that. Run it again.',
    cause,
  });
}

let hangUpIgnored = false;

function ignoreHangUp(): void {
  if (hangUpIgnored) return;
  hangUpIgnored = true;
  process.on('SIGHUP', () => undefined);
}
