/**
 * What the main thread and its workers share besides the blob table: how much was read, and whether to stop.
 */
export class WorkerState {
  readonly shared: SharedArrayBuffer;
  readonly #bytes: BigUint64Array;
  readonly #stop: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.shared = shared;
    this.#bytes = new BigUint64Array(shared, 0, 1);
    this.#stop = new Int32Array(shared, 8, 1);
  }

  /** Plain bytes that workers have read, for progress. */
  get bytesRead(): number {
    return Number(Atomics.load(this.#bytes, 0));
  }

  countRead(bytes: number): void {
    Atomics.add(this.#bytes, 0, BigInt(bytes));
  }

  /** Workers look at this before each chunk: they are too busy to get messages. */
  get stopped(): boolean {
    return Atomics.load(this.#stop, 0) === 1;
  }

  stop(): void {
    Atomics.store(this.#stop, 0, 1);
  }
}
