/** Compares what is on disk with blobs, by their hashes, without reading the repository. */
import { readSync } from 'node:fs';
import { idOf } from '../../format/id.ts';
import type { BlobTable } from '../../repository/mod.ts';

const firstBufferBytes = 1024 * 1024;

export class ContentComparer {
  readonly #table: BlobTable;
  #buffer = Buffer.allocUnsafeSlow(0);

  constructor(table: BlobTable) {
    this.#table = table;
  }

  /** Whether the open file holds this blob at `position`. */
  holds(fd: number, entry: number, position: number): boolean {
    const length = this.#table.plainLength(entry);
    if (this.#buffer.length < length) this.#buffer = Buffer.allocUnsafeSlow(Math.max(firstBufferBytes, length));
    for (let done = 0; done < length; ) {
      const read = readSync(fd, this.#buffer, done, length - done, position + done);
      if (read === 0) return false;
      done += read;
    }
    return idOf(this.#buffer.subarray(0, length)) === this.#table.id(entry);
  }
}
