/**
 * Who waits for a store that cannot be reached, in all threads of a process: calls that failed for a passing reason and are tried again.
 * Lies in a SharedArrayBuffer, which the place of a backend carries; faces look at it to say why nothing goes on.
 */
import { StringDecoder } from 'node:string_decoder';

export interface Wait {
  /** The sentence of the newest failure. */
  readonly reason: string;
  /** Until the next try, at least; 0 while it runs. */
  readonly seconds: number;
}

/** How often `SharedWaits.now` is looked at by those who tell of it. */
export const lookEveryMs = 1000;

/** What to tell, look by look: what is over at the next look is not worth a word. */
export class WaitNews {
  #looks = 0;

  /**
   * @param wait what the look saw
   * @returns the wait while it lasts, and once that one which was told of is over; undefined where there is nothing to tell
   */
  of(wait: Wait | undefined): { readonly wait: Wait | undefined; readonly isNew: boolean } | undefined {
    const wasTold = this.#looks > 1;
    this.#looks = wait === undefined ? 0 : this.#looks + 1;
    return wasTold || this.#looks > 1 ? { wait, isNew: wait === undefined || !wasTold } : undefined;
  }
}

/** One call. Disposed of when it has succeeded, or failed for good. */
export interface WaitingCall extends Disposable {
  failed(reason: string, waitMs: number): void;
}

const words = { calls: 0, writing: 1, length: 2 } as const;
const timeAt = 16;
const textAt = 24;
const textBytes = 512;
/** So long after it was to begin a try has ended in some way: a thread that was ended in the middle of its wait takes nothing back. */
const overAfterMs = 2 * 60_000;

export class SharedWaits {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #text: Uint8Array;

  /** @param shared of another thread; new ones without */
  constructor(shared = new SharedArrayBuffer(textAt + textBytes)) {
    this.shared = shared;
    this.#words = new Int32Array(shared, 0, 3);
    this.#times = new Float64Array(shared, timeAt, 1);
    this.#text = new Uint8Array(shared, textAt, textBytes);
  }

  call(): WaitingCall {
    let counted = false;
    return {
      failed: (reason, waitMs) => {
        this.#note(reason, Date.now() + waitMs);
        if (!counted) Atomics.add(this.#words, words.calls, 1);
        counted = true;
      },
      [Symbol.dispose]: () => {
        if (counted) Atomics.sub(this.#words, words.calls, 1);
        counted = false;
      },
    };
  }

  /** Undefined while every call gets on. */
  now(): Wait | undefined {
    const leftMs = (this.#times[0] ?? 0) - Date.now();
    if (Atomics.load(this.#words, words.calls) <= 0 || leftMs < -overAfterMs) return undefined;
    const bytes = Uint8Array.from(this.#text.subarray(0, Atomics.load(this.#words, words.length)));
    // What was cut in the middle of a character ends before it.
    const reason = new StringDecoder('utf8').write(Buffer.from(bytes));
    return { reason, seconds: Math.max(0, Math.ceil(leftMs / 1000)) };
  }

  /** Where two threads write at once, one of them is enough. */
  #note(reason: string, atMs: number): void {
    if (Atomics.compareExchange(this.#words, words.writing, 0, 1) !== 0) return;
    const bytes = Buffer.from(reason).subarray(0, textBytes);
    this.#text.set(bytes);
    Atomics.store(this.#words, words.length, bytes.length);
    this.#times[0] = atMs;
    Atomics.store(this.#words, words.writing, 0);
  }
}
