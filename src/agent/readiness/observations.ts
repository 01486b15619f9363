/**
 * What was last seen of each fact, by whoever looked. A fact that comes, goes and comes back between two polls, and that somebody
 * saw gone meanwhile, so counts as changed.
 */
export class Observations {
  readonly #seen = new Map<string, string>();
  #changed = false;

  /** The first sight of a fact is no change. @param value plain data */
  note(fact: string, value: unknown): void {
    const text = JSON.stringify(value) ?? '';
    const before = this.#seen.get(fact);
    if (before !== undefined && before !== text) this.#changed = true;
    this.#seen.set(fact, text);
  }

  /** Whether anything changed since the last call. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }
}
