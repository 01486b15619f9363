/**
 * Watches a tar archive go by, to tell that it ends as one should: two blocks of zeros behind the last entry, nothing but zeros
 * behind them, and no entry either. The reader of entries takes a stream that just stops between two entries for whole, and
 * reads on behind the end, where tar does not.
 */
import { damagedArchive } from './refusal.ts';

const blockBytes = 512;

export class TarEnd {
  /** Bytes seen. */
  #length = 0;
  #zeroSoFar = true;
  /** Begin of the current run of zero blocks; −1: there is none. */
  #runStart = -1;
  /** Runs behind the last entry that was told of: begin and end, in bytes. */
  #runs: (readonly [number, number])[] = [];
  #lastEnd = 0;

  watch(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const left = blockBytes - (this.#length % blockBytes);
      const end = Math.min(bytes.length, at + left);
      for (let i = at; this.#zeroSoFar && i < end; i++) this.#zeroSoFar = bytes[i] === 0;
      this.#length += end - at;
      at = end;
      if (this.#length % blockBytes === 0) this.#endBlock();
    }
  }

  /** An entry was read. `contentAt`: where its content begins; `size`: of that, in bytes. */
  entry(contentAt: number, size: number): void {
    if (this.#isZero(this.#lastEnd, this.#lastEnd + blockBytes)) {
      throw damagedArchive('there are entries behind its end');
    }
    this.#lastEnd = contentAt + Math.ceil(size / blockBytes) * blockBytes;
    this.#runs = this.#runs.filter(([, end]) => end > this.#lastEnd);
  }

  /** Everything was read. */
  check(): void {
    const tail = this.#length - this.#lastEnd;
    if (this.#length % blockBytes !== 0 || tail < 2 * blockBytes) {
      throw damagedArchive('it is cut short');
    }
    if (!this.#isZero(this.#lastEnd, this.#length)) throw damagedArchive('there is more behind its end');
  }

  #endBlock(): void {
    if (this.#zeroSoFar && this.#runStart < 0) this.#runStart = this.#length - blockBytes;
    if (!this.#zeroSoFar && this.#runStart >= 0) {
      this.#runs.push([this.#runStart, this.#length - blockBytes]);
      this.#runStart = -1;
    }
    this.#zeroSoFar = true;
  }

  #isZero(start: number, end: number): boolean {
    if (this.#runStart >= 0 && start >= this.#runStart && end <= this.#length) return true;
    return this.#runs.some((run) => start >= run[0] && end <= run[1]);
  }
}
