/**
 * Counts what a run took over from the parent snapshot without a look, so that its summary tells what one of everything
 * would: what the parent's summary says, less the parent's items that were looked at again, or dropped with their folder.
 *
 * Only the dropped folders' trees are read for it. Where a tree cannot be read, or the parent has no summary, the counts are
 * of what was seen.
 */
import type { ByteString } from '../base/byte-string.ts';
import { isHoldfastError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import type { SnapshotSummary } from '../format/snapshot.ts';
import { decodeTree, type Node } from '../format/tree.ts';
import type { ParentFolder } from './parent-folder.ts';
import type { WalkTally } from './walk-tally.ts';

/** Folders of the parent, by name, that a folder's walk has not come to yet. */
export type FoldersLeft = Map<ByteString, Id>;

export class CarriedOver {
  readonly #total: { files: number; dirs: number; bytes: number };
  readonly #dropped: Id[] = [];

  constructor(parent: SnapshotSummary) {
    this.#total = {
      files: parent.totalFilesProcessed,
      dirs: parent.dirsNew + parent.dirsChanged + parent.dirsUnmodified,
      bytes: parent.totalBytesProcessed,
    };
  }

  /** A folder of the parent is looked at again. Whoever does takes from the answer what it goes on with. */
  open(parent: ParentFolder, isRoot: boolean): FoldersLeft {
    if (!isRoot) this.#total.dirs -= 1;
    return this.#take(parent.nodes);
  }

  /** The folders of the parent with these trees are no more. */
  drop(trees: Iterable<Id>): void {
    this.#dropped.push(...trees);
  }

  /** Adds what was taken over to the counts. `readTree`: as the walk's. */
  async addTo(tally: WalkTally, readTree: (id: Id) => Promise<Uint8Array | undefined>): Promise<void> {
    for (let id = this.#dropped.pop(); id !== undefined; id = this.#dropped.pop()) {
      this.#total.dirs -= 1;
      this.drop(this.#take(nodesOf(await readTree(id))).values());
    }
    const { files, dirs, bytes } = this.#total;
    tally.files.unmodified += Math.max(0, files);
    tally.dirs.unmodified += Math.max(0, dirs);
    tally.totalBytes += Math.max(0, bytes);
  }

  #take(nodes: Iterable<Node>): FoldersLeft {
    const left: FoldersLeft = new Map();
    for (const { name, type, size = 0, subtree } of nodes) {
      if (subtree !== undefined) left.set(name, subtree);
      if (type !== 'file') continue;
      this.#total.files -= 1;
      this.#total.bytes -= size;
    }
    return left;
  }
}

function nodesOf(bytes: Uint8Array | undefined): readonly Node[] {
  try {
    return bytes === undefined ? [] : decodeTree(bytes);
  } catch (error) {
    if (isHoldfastError(error, 'corrupt', 'unsupported')) return [];
    throw error;
  }
}
