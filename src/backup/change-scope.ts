/**
 * Which folders a run looks at that was told what changed, instead of looking at everything.
 *
 *   below a `subtrees` folder   → everything, to the bottom
 *   a `folders` folder          → its entries; of its folders only those of which the same is true
 *   a folder on the way to one  → that one folder; the other nodes are the parent snapshot's
 *   any other                   → not at all: its node is the parent snapshot's
 */
import type { ByteString } from '../base/byte-string.ts';
import type { Id } from '../format/id.ts';
import type { BlobTable } from '../repository/mod.ts';

/** What changed since a snapshot, as a watcher of the sources saw it. Paths are absolute, without a slash at the end. */
export interface SourceChanges {
  /** The snapshot. Where that is gone, or is one of other sources or excludes, everything is looked at. */
  readonly since: Id;
  /** Folders in which an entry came, went or changed. */
  readonly folders: ReadonlySet<ByteString>;
  /** Folders of which everything below must be looked at. */
  readonly subtrees: ReadonlySet<ByteString>;
}

export class ChangeScope {
  readonly #changes: SourceChanges;
  readonly #onTheWay = new Set<ByteString>();
  readonly #table: BlobTable;

  constructor(changes: SourceChanges, table: BlobTable) {
    this.#changes = changes;
    this.#table = table;
    for (const path of [...changes.folders, ...changes.subtrees]) {
      let folder = path;
      while (folder !== '/' && folder !== '') {
        folder = folder.slice(0, Math.max(folder.lastIndexOf('/'), folder.startsWith('/') ? 1 : 0));
        if (this.#onTheWay.has(folder)) break;
        this.#onTheWay.add(folder);
      }
    }
  }

  lookAt(folder: ByteString): 'everything' | 'entries' | 'folders' | 'nothing' {
    if (this.#changes.subtrees.has(folder)) return 'everything';
    if (this.#changes.folders.has(folder)) return 'entries';
    return this.#onTheWay.has(folder) ? 'folders' : 'nothing';
  }

  /** Whether a tree of the parent snapshot can be had again as it is. */
  has(tree: Id): boolean {
    return this.#table.find('tree', tree) >= 0;
  }
}
