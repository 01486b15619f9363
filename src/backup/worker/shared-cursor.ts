/**
 * The cursor of a large file that several workers may read together: who holds it reads and cuts the next stretch, moves the
 * cursor behind the last cut, lets go, and only then hashes, compresses and encrypts. The file is read once, and all
 * cores work on it.
 */
import { lockWord, unlockWord } from '../../base/futex.ts';

const lockAt = 0;
const endWord = 1;
const sequenceWord = 2;
const offsetByte = 16;

export class SharedCursor {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #offset: Float64Array;

  private constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#words = new Int32Array(shared, 0, 4);
    this.#offset = new Float64Array(shared, offsetByte, 1);
  }

  static create(): SharedCursor {
    return new SharedCursor(new SharedArrayBuffer(24));
  }

  static attach(shared: SharedArrayBuffer): SharedCursor {
    return new SharedCursor(shared);
  }

  /** Runs `work` alone; blocks the thread until the cursor is free. */
  holding<T>(work: (cursor: SharedCursor) => T): T {
    lockWord(this.#words, lockAt);
    try {
      return work(this);
    } finally {
      unlockWord(this.#words, lockAt);
    }
  }

  /** Where the next stretch starts, in bytes. */
  get offset(): number {
    return this.#offset[0]!;
  }

  /** The number of the next chunk. */
  get sequence(): number {
    return this.#words[sequenceWord]!;
  }

  get ended(): boolean {
    return this.#words[endWord] === 1;
  }

  /** The holder took `chunks` chunks, `bytes` long together. */
  advance(chunks: number, bytes: number): void {
    this.#words[sequenceWord]! += chunks;
    this.#offset[0]! += bytes;
  }

  /** Nothing more is to be read (end of the file, or it cannot be read). */
  end(): void {
    this.#words[endWord] = 1;
  }
}
