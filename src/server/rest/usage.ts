/**
 * What repositories with a quota take of the disk: counted once each, then kept up with what comes and goes.
 *
 *   upload ─► reserve what it announces ─► take more as it comes ─► keep (it is stored), or give all of it back
 *
 * So uploads at the same time cannot each have the last free byte. Before something is refused it is counted again, once a minute at
 * most: another program may have made room.
 */
import type { Backend } from '../../backend/backend.ts';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { allTypes } from './names.ts';

/** Room for one upload. Disposed of without `keep`, it is free again. */
export interface Reservation extends Disposable {
  /** Makes it so large, if it is smaller. @throws `no-space` with `context.quota` */
  growTo(bytes: number): void;
  /** The upload is stored, with so many bytes. */
  keep(bytes: number): void;
}

/** For what no quota counts. */
export const unlimited: Reservation = { growTo: () => {}, keep: () => {}, [Symbol.dispose]: () => {} };

interface Account {
  storedBytes: number;
  reservedBytes: number;
  /** By the monotonic clock. */
  countedMs: number;
}

const recountMs = 60_000;
/** Even millions of files are listed by then. */
const countMs = 10 * 60_000;

export class Usage {
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Promise<Account>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws `no-space` with `context.quota` where it does not fit */
  async reserve(scopeId: string, backend: Backend, quotaBytes: number, bytes: number): Promise<Reservation> {
    const account = await this.#account(scopeId, backend);
    const reservation = reservationIn(account, quotaBytes);
    try {
      reservation.growTo(bytes);
    } catch (error) {
      if (this.#clock.monotonicMs() - account.countedMs < recountMs) throw error;
      account.countedMs = this.#clock.monotonicMs();
      account.storedBytes = await count(backend);
      reservation.growTo(bytes);
    }
    return reservation;
  }

  async removed(scopeId: string, bytes: number): Promise<void> {
    const account = await this.#accounts.get(scopeId);
    if (account !== undefined) account.storedBytes = Math.max(0, account.storedBytes - bytes);
  }

  #account(scopeId: string, backend: Backend): Promise<Account> {
    const known = this.#accounts.get(scopeId);
    if (known !== undefined) return known;
    const countedMs = this.#clock.monotonicMs();
    // For all who wait for it: it does not end with the request that was the first.
    const account = count(backend).then((storedBytes) => ({ storedBytes, reservedBytes: 0, countedMs }));
    this.#accounts.set(scopeId, account);
    account.catch(() => this.#accounts.delete(scopeId));
    return account;
  }
}

function reservationIn(account: Account, quotaBytes: number): Reservation {
  let held = 0;
  const free = (): void => {
    account.reservedBytes -= held;
    held = 0;
  };
  return {
    growTo(bytes) {
      const more = bytes - held;
      if (more <= 0) return;
      if (account.storedBytes + account.reservedBytes + more > quotaBytes) throw overQuota();
      account.reservedBytes += more;
      held = bytes;
    },
    keep(bytes) {
      free();
      account.storedBytes += bytes;
    },
    [Symbol.dispose]: free,
  };
}

async function count(backend: Backend): Promise<number> {
  const signal = AbortSignal.timeout(countMs);
  let bytes = 0;
  for (const type of allTypes) {
    try {
      if (type === 'config') bytes += (await backend.stat({ type, name: 'config' }, signal)).sizeBytes;
      else for await (const { sizeBytes } of backend.list(type, signal)) bytes += sizeBytes;
    } catch (error) {
      // Not made yet.
      if (!isHoldfastError(error, 'not-found', 'no-repository')) throw error;
    }
  }
  return bytes;
}

function overQuota(): HoldfastError {
  return new HoldfastError('no-space', 'The quota of this repository is used up.', {
    hint: 'Remove snapshots and prune (--max-repack-size 0), or ask who runs the server for more.',
    context: { quota: true },
  });
}
