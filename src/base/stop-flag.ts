/** A flag that threads share: raised once, looked at between pieces of work. */
export class StopFlag {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.shared = shared;
    this.#words = new Int32Array(shared, 0, 1);
  }

  get raised(): boolean {
    return Atomics.load(this.#words, 0) === 1;
  }

  raise(): void {
    Atomics.store(this.#words, 0, 1);
  }
}
