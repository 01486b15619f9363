/**
 * Which chunk followed which in the large files of this run: a small table in memory that all workers share.
 *
 * Only a guess. A place is overwritten by what comes later, and threads write without waiting for one another, so that
 * what is read may be mixed up: whoever relies on it compares the bytes by their SHA-256.
 */
const places = 32_768;
const placeWords = 4; // the chunk, the next one, its length, unused

/** A chunk that is likely to come next. */
export interface Successor {
  /** Its entry in the blob table. */
  readonly entry: number;
  readonly length: number;
}

export class Successors {
  /** Goes to workers in `WorkerSetup`. */
  readonly shared: SharedArrayBuffer;
  readonly #words: Uint32Array;

  constructor(shared = new SharedArrayBuffer(places * placeWords * 4)) {
    this.shared = shared;
    this.#words = new Uint32Array(shared);
  }

  /** Notes that the chunk `next` came after the chunk `entry` (entries of the blob table). */
  note(entry: number, next: Successor): void {
    const at = (entry % places) * placeWords;
    this.#words[at] = entry;
    this.#words[at + 1] = next.entry;
    this.#words[at + 2] = next.length;
  }

  /** What came after that chunk, the last time. */
  after(entry: number): Successor | undefined {
    const at = (entry % places) * placeWords;
    const length = this.#words[at + 2]!;
    if (length === 0 || this.#words[at] !== entry) return undefined;
    return { entry: this.#words[at + 1]!, length };
  }
}
