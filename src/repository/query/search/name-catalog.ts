/**
 * The names in trees, kept in memory: so that the second search of the same snapshots reads nothing.
 *
 * Trees never change, so what is kept stays right, and a new snapshot adds only what is new in it. A name takes some 20
 * bytes, a tree some 300; beyond its bound it keeps no more, and the rest is read again each time. To be dropped when nobody
 * searches any more.
 */
import type { ByteString } from '../../../base/byte-string.ts';
import type { Id } from '../../../format/id.ts';
import { decodeTree } from '../../../format/tree.ts';
import { scanTree, type TreeScan } from '../../../format/tree-scan.ts';

export interface CatalogTree {
  /** Joined by "/". */
  readonly names: ByteString;
  /** Their numbers in the catalog. */
  readonly subtrees: readonly number[];
}

const defaultMostBytes = 96 * 1024 * 1024;
/** What an id with its number takes; a tree beside its names. */
const idBytes = 160;
const treeBytes = 150;

/** Of one repository. Any number of searches may use it at once. */
export class NameCatalog {
  readonly #mostBytes: number;
  #names: TreeNames;

  constructor(limits: { readonly mostBytes?: number } = {}) {
    this.#mostBytes = limits.mostBytes ?? defaultMostBytes;
    this.#names = new TreeNames(this.#mostBytes);
  }

  /** What it takes in memory, roughly. */
  get bytes(): number {
    return this.#names.bytes;
  }

  /** For one search, to its end. What had come to the bound is left to those who use it, and a new one begun. */
  open(): TreeNames {
    if (this.#names.isFull) this.#names = new TreeNames(this.#mostBytes);
    return this.#names;
  }
}

/** Trees by numbers, and what is in them. */
export class TreeNames {
  readonly #mostBytes: number;
  readonly #numbers = new Map<Id, number>();
  readonly #ids: Id[] = [];
  readonly #trees = new Map<number, CatalogTree>();
  bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get isFull(): boolean {
    return this.bytes >= this.#mostBytes;
  }

  /** A number for a tree, whether it is kept or not. Numbers count from 0. */
  numberOf(id: Id): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    this.#numbers.set(id, this.#ids.length);
    this.bytes += idBytes;
    return this.#ids.push(id) - 1;
  }

  idOf(tree: number): Id {
    return this.#ids[tree]!;
  }

  get(tree: number): CatalogTree | undefined {
    return this.#trees.get(tree);
  }

  /** What is in a tree, kept if it fits. Throws `corrupt`, `unsupported`. */
  add(tree: number, bytes: Uint8Array): CatalogTree {
    const { names, subtrees } = scanTree(bytes) ?? decoded(bytes);
    const kept = { names: names.join('/'), subtrees: subtrees.map((id) => this.numberOf(id)) };
    const size = treeBytes + kept.names.length + 8 * kept.subtrees.length;
    if (this.bytes + size <= this.#mostBytes) {
      this.#trees.set(tree, kept);
      this.bytes += size;
    }
    return kept;
  }
}

function decoded(bytes: Uint8Array): TreeScan {
  const nodes = decodeTree(bytes);
  return {
    names: nodes.map(({ name }) => name),
    subtrees: nodes.map(({ subtree }) => subtree).filter((id) => id !== undefined),
  };
}
