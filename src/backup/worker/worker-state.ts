/**
 * What the main thread and its workers share besides the blob table: how much was read, and whether to stop.
 */
import { StopFlag } from '../../base/stop-flag.ts';

export class WorkerState {
  readonly shared: { readonly bytes: SharedArrayBuffer; readonly stop: SharedArrayBuffer };
  readonly #bytes: BigUint64Array;
  readonly #stop: StopFlag;

  constructor(shared?: WorkerState['shared']) {
    this.#stop = new StopFlag(shared?.stop);
    this.shared = shared ?? { bytes: new SharedArrayBuffer(8), stop: this.#stop.shared };
    this.#bytes = new BigUint64Array(this.shared.bytes);
  }

  /** Plain bytes that workers have read, for progress. */
  get bytesRead(): number {
    return Number(Atomics.load(this.#bytes, 0));
  }

  countRead(bytes: number): void {
    Atomics.add(this.#bytes, 0, BigInt(bytes));
  }

  /** Workers look at this before each chunk. */
  get stopped(): boolean {
    return this.#stop.raised;
  }

  stop(): void {
    this.#stop.raise();
  }
}
