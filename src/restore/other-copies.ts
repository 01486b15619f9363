/**
 * Turns to other copies of blobs that cannot be read, where the index knows any: the workers' table is made to point to
 * the next copy, and the file is tried again.
 */
import type { SerializedError } from '../base/errors.ts';
import type { Repository } from '../repository/mod.ts';

export class OtherCopies {
  readonly #index: Repository['index'];
  /** How many of a blob's further copies were turned to, by its entry. */
  readonly #used = new Map<number, number>();

  constructor(index: Repository['index']) {
    this.#index = index;
  }

  /**
   * After a file failed with this error: whether it is worth another try.
   *
   * @param attempts how often the file was tried before. A worker may have failed on a copy that another's failure had
   *   turned away from meanwhile, so a blob that was moved at all is good for one more.
   */
  turn({ context }: SerializedError, attempts: number): boolean {
    const { blobs, duplicates } = this.#index;
    if (typeof context.blob !== 'string') return false;
    const entry = blobs.find('data', context.blob);
    const copies = duplicates.get(entry);
    if (entry < 0 || copies === undefined) return false;
    const used = this.#used.get(entry) ?? 0;
    const copy = copies[used];
    if (copy === undefined) return attempts <= copies.length;
    this.#used.set(entry, used + 1);
    const pack = this.#index.addPack(copy.packId);
    blobs.setLocation(entry, pack, copy.offset, copy.length, copy.uncompressedLength ?? 0);
    return true;
  }
}
