/**
 * Limits of bandwidth, up and down, that all threads of a process share: they lie in a SharedArrayBuffer, which a BackendPlace carries, and
 * may be changed while transfers run.
 *
 * Each direction is a bucket that fills at its rate and holds a tenth of a second of it, kept as one number, the time from which on the next
 * bytes may go (the "virtual scheduling" form of ITU-T I.371, Annex A). A transfer reserves a small share of a second at a time and waits for
 * it in line with the others, so that all are served in turn, and a lock of a few hundred bytes waits for no pack.
 */
import { type Clock, systemClock } from '../base/clock.ts';

export type Direction = 'up' | 'down';

/** Bytes a second; 0 or left out: no limit. */
export interface Rates {
  readonly up?: number;
  readonly down?: number;
}

/** Of the time that a bucket saves up, and of what is reserved at once. In microseconds. */
const savedUs = 100_000n;
const sharesOfSecond = 50;
const leastBytes = 256;
/** A timer is not worth less: what goes early is waited for the next time. */
const leastWaitUs = 5000n;
const second = 1_000_000n;

const wordsOf: Readonly<Record<Direction, { readonly rate: number; readonly next: number }>> = {
  up: { rate: 0, next: 1 },
  down: { rate: 2, next: 3 },
};

export class SharedLimits {
  readonly shared: SharedArrayBuffer;
  readonly #words: BigInt64Array;
  readonly #sleep: Clock['sleep'];
  readonly #nowUs: () => bigint;

  /**
   * @param shared of the limits of another thread; new ones without
   * @param clock for tests; all who share limits must have the same one
   */
  constructor(shared = new SharedArrayBuffer(32), clock?: Clock) {
    this.shared = shared;
    this.#words = new BigInt64Array(shared);
    this.#sleep = (ms, signal) => (clock ?? systemClock).sleep(ms, signal);
    // The system's clock of one thread is not that of another.
    this.#nowUs =
      clock === undefined
        ? () => process.hrtime.bigint() / 1000n
        : () => BigInt(Math.round(clock.monotonicMs() * 1000));
  }

  /** Counts at once for what is transferred, in all threads. */
  set(rates: Rates): void {
    for (const direction of ['up', 'down'] as const) {
      const { rate, next } = wordsOf[direction];
      const wanted = BigInt(Math.max(0, Math.round(rates[direction] ?? 0)));
      if (Atomics.exchange(this.#words, rate, wanted) !== wanted) Atomics.store(this.#words, next, 0n);
    }
  }

  /**
   * Counts bytes that are to be sent, or were received, and waits until the next ones may go. Returns nothing where that is at once.
   * Rejects with `signal.reason`.
   */
  take(direction: Direction, bytes: number, signal: AbortSignal): Promise<void> | undefined {
    if (Atomics.load(this.#words, wordsOf[direction].rate) === 0n) return undefined;
    return this.#wait(direction, bytes, signal);
  }

  /** Cuts bytes into parts, each of which is yielded when it may be sent; without a limit they are one part. */
  async *paced(direction: Direction, bytes: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    for (let at = 0; at < bytes.length; ) {
      const share = Math.min(this.#share(direction), bytes.length - at);
      await this.take(direction, share, signal);
      yield bytes.subarray(at, at + share);
      at += share;
    }
  }

  async #wait(direction: Direction, bytes: number, signal: AbortSignal): Promise<void> {
    for (let left = bytes; left > 0; ) {
      const share = Math.min(this.#share(direction), left);
      left -= share;
      const waitUs = this.#reserve(direction, share);
      if (waitUs >= leastWaitUs) await this.#sleep(Number(waitUs) / 1000, signal);
      else signal.throwIfAborted();
    }
  }

  /** How long those bytes have to wait. */
  #reserve(direction: Direction, bytes: number): bigint {
    const words = wordsOf[direction];
    for (;;) {
      const rate = Atomics.load(this.#words, words.rate);
      if (rate === 0n) return 0n;
      const next = Atomics.load(this.#words, words.next);
      const now = this.#nowUs();
      const start = next > now - savedUs ? next : now - savedUs;
      const end = start + (BigInt(bytes) * second) / rate;
      if (Atomics.compareExchange(this.#words, words.next, next, end) === next) return start - now;
    }
  }

  #share(direction: Direction): number {
    const rate = Number(Atomics.load(this.#words, wordsOf[direction].rate));
    return rate === 0 ? Number.POSITIVE_INFINITY : Math.max(leastBytes, Math.ceil(rate / sharesOfSecond));
  }
}
