/**
 * Shows a snapshot's folders page by page.
 *
 * A folder is read and sorted once and kept for the next pages: a few facts an entry, the folders looked at last, within a
 * bound that one folder may pass alone. Trees never change, so what is kept never goes stale.
 */
import type { ByteString } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { NodeType } from '../../format/file-mode.ts';
import { type Id, idOf } from '../../format/id.ts';
import { encodeTree, type Node } from '../../format/tree.ts';
import type { Repository } from '../repository.ts';
import { TreeReader } from '../trees.ts';
import { findFolder } from './find-folder.ts';

export const browseSorts = ['name', 'size', 'mtime'] as const;
export type BrowseSort = (typeof browseSorts)[number];

export interface BrowseOptions {
  /** A snapshot's root tree. */
  readonly root: Id;
  /** Absolute, in the snapshot; "/" for its root. */
  readonly path: ByteString;
  /** The first entry of the page, from 0. */
  readonly offset: number;
  /** Entries on the page, at most 1000. */
  readonly limit: number;
  readonly sort: BrowseSort;
  readonly order: 'ascending' | 'descending';
  readonly foldersFirst: boolean;
  readonly signal: AbortSignal;
}

export interface BrowsedEntry {
  readonly name: ByteString;
  readonly type: NodeType;
  /** Bytes; of files only. */
  readonly size: number | undefined;
  readonly mtimeNs: bigint;
  /** Go's FileMode (modeText). */
  readonly mode: number;
  readonly linkTarget?: ByteString;
  /** Of folders: something is in it. */
  readonly hasChildren?: boolean;
}

export interface BrowsedFolder {
  readonly entries: readonly BrowsedEntry[];
  /** Entries of the whole folder. */
  readonly total: number;
}

interface Kept {
  readonly entries: readonly BrowsedEntry[];
  /** The same in other orders, by their names; the last few. */
  readonly sorted: Map<string, readonly BrowsedEntry[]>;
}

const mostEntriesKept = 250_000;
const mostOrdersKept = 3;
const largestPage = 1000;
const emptyTree = idOf(encodeTree([]));

/** Of one repository; keeps what it was asked for last. */
export class FolderBrowser {
  readonly #repository: Repository;
  readonly #reader: TreeReader;
  /** By tree, in order of use. */
  readonly #kept = new Map<Id, Kept>();
  readonly #mostEntries: number;

  constructor(repository: Repository, limits: { readonly mostEntriesKept?: number } = {}) {
    this.#repository = repository;
    this.#reader = new TreeReader(repository);
    this.#mostEntries = limits.mostEntriesKept ?? mostEntriesKept;
  }

  /**
   * A page of a folder. The index must be loaded. A page beyond the end is empty.
   *
   * @throws `not-found` naming the part of the path that is not there; `invalid-input` if it is no folder, or for a page that
   *   is none; `corrupt`
   */
  async browse(options: BrowseOptions): Promise<BrowsedFolder> {
    const { root, path, offset, limit, signal } = options;
    if (!isCount(offset, Number.MAX_SAFE_INTEGER) || !isCount(limit, largestPage)) {
      throw new HoldfastError('invalid-input', `There is no page of ${limit} entries from ${offset} on.`, {
        hint: `A page has up to ${largestPage} entries.`,
      });
    }
    const tree = await findFolder(this.#reader, root, path, signal);
    const kept = this.#kept.get(tree) ?? (await this.#read(tree, signal));
    this.#kept.delete(tree);
    this.#kept.set(tree, kept);
    this.#dropOldest();
    return { entries: inOrder(kept, options).slice(offset, offset + limit), total: kept.entries.length };
  }

  async #read(tree: Id, signal: AbortSignal): Promise<Kept> {
    const nodes = await new TreeReader(this.#repository, { cacheBytes: 0 }).load(tree, signal);
    return { entries: nodes.map(entryOf), sorted: new Map() };
  }

  #dropOldest(): void {
    let entries = 0;
    for (const kept of this.#kept.values()) entries += kept.entries.length;
    for (const [tree, kept] of this.#kept) {
      if (entries <= this.#mostEntries || this.#kept.size === 1) return;
      this.#kept.delete(tree);
      entries -= kept.entries.length;
    }
  }
}

function isCount(value: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= most;
}

function entryOf(node: Node): BrowsedEntry {
  return {
    name: node.name,
    type: node.type,
    size: node.type === 'file' ? (node.size ?? 0) : undefined,
    mtimeNs: node.mtimeNs,
    mode: node.mode,
    ...(node.type === 'symlink' ? { linkTarget: node.linktarget ?? '' } : {}),
    ...(node.type === 'dir' ? { hasChildren: node.subtree !== emptyTree } : {}),
  };
}

function inOrder(kept: Kept, { sort, order, foldersFirst }: BrowseOptions): readonly BrowsedEntry[] {
  const name = `${sort} ${order} ${foldersFirst}`;
  const known = kept.sorted.get(name);
  if (known !== undefined) return known;
  const sorted = sortedBy(kept.entries, sort, order === 'ascending' ? 1 : -1);
  const isFolder = ({ type }: BrowsedEntry): boolean => type === 'dir';
  const entries = foldersFirst ? [...sorted.filter(isFolder), ...sorted.filter((entry) => !isFolder(entry))] : sorted;
  if (kept.sorted.size >= mostOrdersKept) kept.sorted.delete(kept.sorted.keys().next().value ?? '');
  kept.sorted.set(name, entries);
  return entries;
}

/** Equal ones by name, always upwards. Entries come in the order of names. */
function sortedBy(entries: readonly BrowsedEntry[], sort: BrowseSort, sign: 1 | -1): readonly BrowsedEntry[] {
  switch (sort) {
    case 'name':
      return sign === 1 ? entries : entries.toReversed();
    case 'size':
      return entries.toSorted((a, b) => sign * ((a.size ?? -1) - (b.size ?? -1)));
    case 'mtime':
      return entries.toSorted((a, b) => sign * (a.mtimeNs < b.mtimeNs ? -1 : Number(a.mtimeNs > b.mtimeNs)));
  }
}
