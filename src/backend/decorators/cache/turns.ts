/** Lets so many have a turn at once; the others wait in the order in which they came. */
import { onAbort } from '../../../base/on-abort.ts';

export class Turns {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** A turn, until it is disposed of. Rejects with `signal.reason`. */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    return { [Symbol.dispose]: () => this.#give() };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    using _ = onAbort(signal, () => {
      if (this.#waiting.delete(resolve)) reject(signal.reason);
    });
    this.#waiting.add(resolve);
    await promise;
  }

  #give(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free++;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}
