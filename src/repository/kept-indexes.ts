/** The indexes of repositories that were used a short while ago, so that a small run need not read all of one again. */
import type { Clock } from '../base/clock.ts';
import { KeptIndex } from './kept-index.ts';

/** Long enough for somebody who saves now and then; a machine that does nothing gets the memory back. */
const idleMs = 10 * 60_000;

interface Kept {
  readonly index: KeptIndex;
  readonly drop: AbortController;
}

export class KeptIndexes {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** That of the repository with this id; what it keeps is dropped when nobody asked for it for ten minutes. */
  of(id: string): KeptIndex {
    const known = this.#kept.get(id);
    known?.drop.abort();
    const kept = { index: known?.index ?? new KeptIndex(), drop: new AbortController() };
    this.#kept.set(id, kept);
    void this.#clock.sleep(idleMs, kept.drop.signal).then(
      () => this.drop(id),
      () => undefined,
    );
    return kept.index;
  }

  drop(id: string): void {
    const kept = this.#kept.get(id);
    this.#kept.delete(id);
    kept?.drop.abort();
    kept?.index.drop();
  }

  dropAll(): void {
    for (const id of [...this.#kept.keys()]) this.drop(id);
  }
}
