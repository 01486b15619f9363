/** What an archive may hold: an archive comes from elsewhere, and a small one can be made to unpack to more than any disk. */
import { HoldfastError } from '../../base/errors.ts';

export interface ArchiveLimits {
  /** More are no folder of a person any more, and their tree is in memory until it is stored (about 600 bytes an entry). */
  readonly entries: number;
  /** Folders on the way to an entry. Systems end at paths of 4,096 bytes; deeper trees only hurt what walks them. */
  readonly depth: number;
  /** Of one name: what file systems take. */
  readonly nameBytes: number;
  /** Unpacked, all entries together: beyond what one archive holds in practice, and less than fills a store unnoticed. */
  readonly bytes: number;
  /** Unpacked : packed. Deflate itself ends at 1032, so only what is made of one repeated byte comes near. */
  readonly ratio: number;
  /** The ratio counts from here on, in unpacked bytes: a small file of zeros is harmless. */
  readonly ratioFromBytes: number;
}

const mib = 1024 * 1024;

export const archiveLimits: ArchiveLimits = {
  entries: 1_000_000,
  depth: 255,
  nameBytes: 255,
  bytes: 4 * 1024 * 1024 * mib,
  ratio: 1000,
  ratioFromBytes: 64 * mib,
};

/** Counts what comes out of an archive. @throws `invalid-input` at the first thing that is too much */
export class ArchiveMeter {
  readonly #limits: ArchiveLimits;
  #entries = 0;
  #unpacked = 0;
  #packed = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  countEntry(name: string): void {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries) {
      throw tooMuch(`has more than ${this.#limits.entries} entries`, name);
    }
  }

  /** Bytes of the archive as it lies on disk; to be told before what comes out of them. */
  countPacked(bytes: number): void {
    this.#packed += bytes;
  }

  countUnpacked(bytes: number, name?: string): void {
    const { bytes: most, ratio, ratioFromBytes } = this.#limits;
    this.#unpacked += bytes;
    if (this.#unpacked > most) throw tooMuch(`unpacks to more than ${most} bytes`, name);
    if (this.#unpacked > ratioFromBytes && this.#unpacked > ratio * this.#packed) {
      throw tooMuch(`unpacks to more than ${ratio} times its size`, name);
    }
  }
}

function tooMuch(problem: string, name: string | undefined): HoldfastError {
  const where = name === undefined ? '' : `, at ${JSON.stringify(name)}`;
  return new HoldfastError('invalid-input', `The archive ${problem}${where}.`, {
    hint: 'It is not taken in. If it is a good one, unpack it yourself and back up the folder.',
    ...(name === undefined ? {} : { context: { entry: name } }),
  });
}
