/** Things that are kept while someone looks at them: the last few, each until nobody asked for it for a while. */
import type { Clock } from '../../base/clock.ts';

export interface KeptOptions<T> {
  readonly clock: Clock;
  /** The one that was asked for longest ago goes when there are more. */
  readonly most: number;
  readonly idleMs: number;
  /** Called once for each that goes. */
  readonly drop: (value: T) => void;
}

export class Kept<T> {
  readonly #options: KeptOptions<T>;
  /** In order of use. */
  readonly #entries = new Map<string, { readonly value: T; usedMs: number }>();

  constructor(options: KeptOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  put(key: string, value: T): void {
    this.remove(key);
    this.#entries.set(key, { value, usedMs: this.#options.clock.monotonicMs() });
    this.sweep();
  }

  get(key: string): T | undefined {
    this.sweep();
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    entry.usedMs = this.#options.clock.monotonicMs();
    this.#entries.set(key, entry);
    return entry.value;
  }

  remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#options.drop(entry.value);
  }

  /** Drops what has been idle for too long, or is too many. To be called now and then. */
  sweep(): void {
    const { clock, most, idleMs } = this.#options;
    const oldestMs = clock.monotonicMs() - idleMs;
    for (const [key, { usedMs }] of this.#entries) {
      if (usedMs >= oldestMs && this.#entries.size <= most) return;
      this.remove(key);
    }
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.remove(key);
  }
}
