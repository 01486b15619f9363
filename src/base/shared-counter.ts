/** A number that threads share. Whole, up to 2^53. */
export class SharedCounter {
  readonly shared: SharedArrayBuffer;
  readonly #words: BigInt64Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.shared = shared;
    this.#words = new BigInt64Array(shared, 0, 1);
  }

  get value(): number {
    return Number(Atomics.load(this.#words, 0));
  }

  add(count: number): void {
    Atomics.add(this.#words, 0, BigInt(count));
  }
}
