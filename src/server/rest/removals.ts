/** Removals of the same file one after the other: who comes second finds it gone, and nothing is counted twice. */
export class Removals {
  readonly #running = new Map<string, Promise<unknown>>();

  /** @param file names it among all files of all repositories */
  async inTurn<T>(file: string, work: () => Promise<T>): Promise<T> {
    const before = this.#running.get(file);
    const turn = (async () => {
      await before?.catch(() => undefined);
      return await work();
    })();
    this.#running.set(file, turn);
    try {
      return await turn;
    } finally {
      if (this.#running.get(file) === turn) this.#running.delete(file);
    }
  }
}
