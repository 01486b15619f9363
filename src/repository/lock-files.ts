/**
 * Lock files of a repository, read and judged: who holds what, and whether a holder is gone (restic's rules,
 * internal/repository/lock_file.go). Taking a lock is locks.ts.
 */
import { hostname, userInfo } from 'node:os';
import type { Clock } from '../base/clock.ts';
import { mapBounded } from '../base/concurrency.ts';
import { HoldfastError, isHoldfastError, messageOf, systemCode } from '../base/errors.ts';
import { parseTime } from '../format/go-time.ts';
import type { Id } from '../format/id.ts';
import { type LockFile, parseLock } from '../format/lock.ts';
import type { Repository } from './repository.ts';

/** A lock is stale when it was not refreshed for so long (restic: staleLockTimeout). */
export const staleAfterMs = 30 * 60_000;

export interface StoredLock {
  readonly id: Id;
  readonly lock: LockFile;
  /** When it was made or last refreshed, by its holder's clock. */
  readonly time: Date;
}

/** This process, as lock files name it; injected so that tests can be several machines. */
export interface LockHost {
  readonly hostname: string;
  readonly username: string;
  readonly pid: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Whether a process of this machine runs. When in doubt, true. */
  isAlive(pid: number): boolean;
}

export function thisHost(): LockHost {
  const user = currentUser();
  return {
    hostname: hostname(),
    username: user?.username ?? '',
    pid: process.pid,
    ...(user !== undefined && user.uid >= 0 ? { uid: user.uid, gid: user.gid } : {}),
    isAlive(pid) {
      if (pid <= 0) return false;
      try {
        process.kill(pid, 0);
        return true;
      } catch (error) {
        return systemCode(error) !== 'ESRCH'; // EPERM: it runs, as somebody else
      }
    },
  };
}

/**
 * Every lock, without those that are `ours`. Empty files (left by stores that publish in two steps) are no locks; damaged ones throw, or go
 * to `onDamaged`.
 */
export async function listLocks(
  repository: Repository,
  signal: AbortSignal,
  {
    ours,
    onDamaged,
  }: { readonly ours?: ReadonlySet<Id>; readonly onDamaged?: (id: Id, error: HoldfastError) => void } = {},
): Promise<StoredLock[]> {
  const files = repository.listFiles('lock', signal);
  const locks = await mapBounded(files, repository.backend.connections, signal, async ({ name, sizeBytes }) => {
    if (sizeBytes === 0 || ours?.has(name) === true) return undefined;
    try {
      return parseStored(name, await repository.readUnpacked('lock', name, signal));
    } catch (error) {
      if (isHoldfastError(error, 'not-found')) return undefined; // released or refreshed since the listing
      if (onDamaged === undefined || !isHoldfastError(error, 'corrupt')) throw error;
      onDamaged(name, error);
      return undefined;
    }
  });
  return locks.filter((lock) => lock !== undefined);
}

function parseStored(id: Id, json: Uint8Array): StoredLock {
  try {
    const lock = parseLock(json);
    return { id, lock, time: new Date(Number(parseTime(lock.time) / 1_000_000n)) };
  } catch (error) {
    throw new HoldfastError('corrupt', `The lock file ${id} is damaged: ${messageOf(error)}`, {
      hint: 'If nothing else uses the repository, "unlock --remove-all" removes it.',
      context: { type: 'lock', name: id },
      cause: error,
    });
  }
}

/** True if its holder ran on this machine and is gone. */
export function isAbandoned({ lock }: StoredLock, host: LockHost): boolean {
  return lock.hostname === host.hostname && lock.pid !== host.pid && !host.isAlive(lock.pid);
}

/** Restic's rule: not refreshed for 30 minutes, or its holder ran on this machine and is gone. */
export function isStale(stored: StoredLock, clock: Clock, host: LockHost = thisHost()): boolean {
  return clock.now().getTime() - stored.time.getTime() > staleAfterMs || isAbandoned(stored, host);
}

/** Removes the locks that are stale; damaged ones are left. Gives how many were removed. */
export async function removeStaleLocks(
  repository: Repository,
  options: { readonly clock: Clock; readonly host?: LockHost; readonly signal: AbortSignal },
): Promise<number> {
  const { clock, host = thisHost(), signal } = options;
  const locks = await listLocks(repository, signal, { onDamaged: () => undefined });
  const stale = locks.filter((stored) => isStale(stored, clock, host));
  for (const { id } of stale) await repository.removeFile('lock', id, signal);
  return stale.length;
}

/** Removes locks whose holder ran on this machine and is gone, whatever the clock says. Gives how many were removed. */
export async function removeAbandonedLocks(repository: Repository, signal: AbortSignal): Promise<number> {
  const host = thisHost();
  const locks = await listLocks(repository, signal, { onDamaged: () => undefined });
  const abandoned = locks.filter((stored) => isAbandoned(stored, host));
  for (const { id } of abandoned) await repository.removeFile('lock', id, signal);
  return abandoned.length;
}

/** Removes every lock, whoever holds it, damaged and empty ones too. Gives how many were removed. */
export async function removeAllLocks(repository: Repository, signal: AbortSignal): Promise<number> {
  const names: Id[] = [];
  for await (const { name } of repository.listFiles('lock', signal)) names.push(name);
  for (const name of names) await repository.removeFile('lock', name, signal);
  return names.length;
}

function currentUser(): { readonly username: string; readonly uid: number; readonly gid: number } | undefined {
  try {
    return userInfo();
  } catch {
    return undefined; // a uid without an entry in the user database
  }
}
