/** Waits that a signal ends: a stream that stalls must not hold up a cancel. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { onAbort } from '../../base/on-abort.ts';

/** How long an iterator may take to clean up, once the run is cancelled. */
const cleanUpMs = 100;

/** How long a turn may take until timers and messages get in, where all that is waited for is there already. */
const longestTurnMs = 8;

/** One wait at a time. A single listener serves them all: there may be a million. */
export class Interruptible implements Disposable {
  readonly #signal: AbortSignal;
  readonly #listening: Disposable;
  #lastTurn = performance.now();
  #reject: ((reason: unknown) => void) | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.#listening = onAbort(signal, () => this.#reject?.(signal.reason));
  }

  /** The result of `work`, or the signal's reason as soon as that is aborted. */
  async wait<T>(work: PromiseLike<T>): Promise<T> {
    this.#signal.throwIfAborted();
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#reject = reject;
        work.then(resolve, reject);
      });
    } finally {
      this.#reject = undefined;
    }
  }

  /** Throws the signal's reason where that is aborted. */
  check(): void {
    this.#signal.throwIfAborted();
  }

  /** What a `for await` over `items` would give. An iterator that is left early is closed, as far as that goes quickly. */
  async *each<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = items[Symbol.asyncIterator]();
    let ended = false;
    try {
      for (;;) {
        const pending = iterator.next();
        pending.catch(() => undefined); // heard of even when nobody waits any more
        const step = await this.wait(pending).catch((error: unknown) => {
          ended = !this.#signal.aborted;
          throw error;
        });
        if (step.done === true) {
          ended = true;
          return;
        }
        await this.#breathe();
        yield step.value;
      }
    } finally {
      if (!ended) await this.#close(iterator);
    }
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  async #breathe(): Promise<void> {
    if (performance.now() - this.#lastTurn < longestTurnMs) return;
    await nextTurn();
    this.#lastTurn = performance.now();
  }

  async #close(iterator: AsyncIterator<unknown>): Promise<void> {
    const closing = Promise.resolve(iterator.return?.()).catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, cleanUpMs);
    });
    await Promise.race([closing, late]);
    clearTimeout(timer);
  }
}
