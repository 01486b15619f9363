/**
 * Picks files of a snapshot at random, in one walk and without keeping a list of all.
 *
 * Two draws, so that both many files and large ones are proven: in one every file has the same chance, in the other every
 * byte. They are then taken in turn, as far as the number of files and of bytes allow.
 */
import type { ByteString } from '../../base/byte-string.ts';
import type { HoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import type { Node } from '../../format/tree.ts';
import { type Repository, TreeReader, walkTree } from '../../repository/mod.ts';

export interface SampledFile {
  /** Absolute, in the snapshot. */
  readonly path: ByteString;
  readonly node: Node;
}

export interface SampleOptions {
  /** A snapshot's root tree. */
  readonly root: Id;
  /** At most so many files, and so many bytes in all. */
  readonly files: number;
  readonly bytes: number;
  /** 0 ≤ x < 1, as Math.random. */
  readonly random: () => number;
  /** A folder that cannot be read. */
  readonly onDamaged: (path: ByteString, error: HoldfastError) => void;
  readonly signal: AbortSignal;
}

export interface Sample {
  readonly files: readonly SampledFile[];
  /** Drawn, but left out because they did not fit the number of bytes. */
  readonly tooLarge: number;
}

/** What no file system can hold in one call is no sample of what a user would restore. */
const longestPath = 3000;

/** The index must be loaded. */
export async function sampleFiles(repository: Repository, options: SampleOptions): Promise<Sample> {
  const { root, signal, random, onDamaged } = options;
  const byFile = new Draw(options.files);
  const byByte = new Draw(options.files);
  const walk = {
    signal,
    onDamaged: (path: ByteString, _: Id, error: HoldfastError) => onDamaged(`/${path}`, error),
  };
  for await (const { path, node } of walkTree(new TreeReader(repository), root, walk)) {
    if (node.type !== 'file' || path.length > longestPath) continue;
    const file = { path: `/${path}`, node };
    byFile.add(random(), file);
    const size = node.size ?? 0;
    // Efraimidis and Spirakis: the largest u^(1/weight) are a draw by weight.
    if (size > 0) byByte.add(Math.log(1 - random()) / size, file);
  }
  return fitting([byFile.drawn, byByte.drawn], options);
}

function fitting(draws: readonly (readonly SampledFile[])[], limits: SampleOptions): Sample {
  const chosen = new Map<ByteString, SampledFile>();
  const left = new Set<ByteString>();
  let bytes = 0;
  for (let at = 0; at < limits.files; at++) {
    for (const file of draws.map((draw) => draw[at])) {
      if (file === undefined || chosen.has(file.path) || chosen.size >= limits.files) continue;
      const size = file.node.size ?? 0;
      if (bytes + size > limits.bytes) {
        left.add(file.path);
        continue;
      }
      bytes += size;
      chosen.set(file.path, file);
    }
  }
  return { files: [...chosen.values()], tooLarge: left.size };
}

/** Those with the largest keys of all that were added. */
class Draw {
  readonly #count: number;
  #entries: { readonly key: number; readonly file: SampledFile }[] = [];
  #least = Number.NEGATIVE_INFINITY;

  constructor(count: number) {
    this.#count = count;
  }

  add(key: number, file: SampledFile): void {
    if (key <= this.#least) return;
    this.#entries.push({ key, file });
    if (this.#entries.length > 2 * this.#count + 100) this.#shorten();
  }

  /** The largest key first. */
  get drawn(): SampledFile[] {
    this.#shorten();
    return this.#entries.map(({ file }) => file);
  }

  #shorten(): void {
    this.#entries.sort((a, b) => b.key - a.key);
    this.#entries.length = Math.min(this.#entries.length, this.#count);
    if (this.#entries.length === this.#count) this.#least = this.#entries.at(-1)?.key ?? Number.POSITIVE_INFINITY;
  }
}
