/**
 * Compares two trees as restic's `diff` does (restic cmd_diff.go).
 *
 *   go through both folders side by side, by name; report what is only in one, what changed, and go down
 *   a folder with the same tree on both sides is not entered, only remembered
 *   at the end: the blobs that only one side refers to, less those that remembered folders hold as well
 *
 * For the last step the remembered folders are read only if there is a blob whose fate depends on it, each tree once.
 */
import type { ByteString } from '../../base/byte-string.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import { encodeNode, type Node } from '../../format/tree.ts';
import type { BlobType } from '../blob-table.ts';
import type { Repository } from '../repository.ts';
import { TreeReader, walkUniqueTrees } from '../trees.ts';

/** Items, and what the blobs that only they refer to hold. Blobs' sizes are plain, in bytes. */
export interface DiffCounts {
  files: number;
  dirs: number;
  others: number;
  dataBlobs: number;
  treeBlobs: number;
  bytes: number;
}

export interface DiffStatistics {
  changedFiles: number;
  readonly added: DiffCounts;
  readonly removed: DiffCounts;
}

export interface DiffOptions {
  /** Also report items of which only mode, owner, times and the like changed. */
  readonly metadata: boolean;
  readonly signal: AbortSignal;
  /**
   * A difference: `+` and `-` added and removed, `M` content, `T` type, `U` metadata, `?` content alone (so the data may
   * be damaged); letters may stand together. Paths are absolute, folders end with a slash.
   */
  readonly onChange: (path: ByteString, modifier: string) => void | Promise<void>;
  /** A folder that cannot be read. The comparison goes on without it. */
  readonly onDamaged: (error: HoldfastError) => void;
}

/** Blobs that a side refers to. */
class BlobSet {
  readonly data = new Set<Id>();
  readonly tree = new Set<Id>();

  add(node: Node): void {
    if (node.type === 'file') for (const id of node.content ?? []) this.data.add(id);
    else if (node.subtree !== undefined) this.tree.add(node.subtree);
  }
}

/**
 * Compares what is below `before` with what is below `after`.
 *
 * @throws `not-found`, `corrupt` if one of these two trees itself cannot be read
 */
export async function diffTrees(
  repository: Repository,
  before: Id,
  after: Id,
  options: DiffOptions,
): Promise<DiffStatistics> {
  const comparison = new Comparison(repository, options);
  comparison.before.tree.add(before);
  comparison.after.tree.add(after);
  await comparison.compare('/', before, after);
  await comparison.countBlobs();
  return comparison.statistics;
}

class Comparison {
  readonly before = new BlobSet();
  readonly after = new BlobSet();
  readonly statistics: DiffStatistics = { changedFiles: 0, added: noCounts(), removed: noCounts() };
  readonly #repository: Repository;
  readonly #reader: TreeReader;
  readonly #options: DiffOptions;
  /** Trees that both sides have at the same path; never entered. */
  readonly #common = new Set<Id>();

  constructor(repository: Repository, options: DiffOptions) {
    this.#repository = repository;
    this.#reader = new TreeReader(repository);
    this.#options = options;
  }

  async compare(prefix: ByteString, before: Id, after: Id): Promise<void> {
    const { signal } = this.#options;
    const old = await this.#reader.load(before, signal);
    const fresh = await this.#reader.load(after, signal);
    await this.#reader.prefetch(foldersOnlyIn(old, fresh), signal);
    await this.#reader.prefetch(foldersOnlyIn(fresh, old), signal);
    for (let i = 0, j = 0; i < old.length || j < fresh.length; ) {
      signal.throwIfAborted();
      const [a, b] = [old[i], fresh[j]];
      if (a !== undefined && (b === undefined || a.name < b.name)) {
        i++;
        this.before.add(a);
        await this.#oneSided(prefix, a, '-', this.statistics.removed, this.before);
      } else if (b !== undefined && (a === undefined || b.name < a.name)) {
        j++;
        this.after.add(b);
        await this.#oneSided(prefix, b, '+', this.statistics.added, this.after);
      } else if (a !== undefined && b !== undefined) {
        i++;
        j++;
        this.before.add(a);
        this.after.add(b);
        await this.#bothSides(prefix, a, b);
      }
    }
  }

  async #bothSides(prefix: ByteString, a: Node, b: Node): Promise<void> {
    const path = prefix + b.name + (b.type === 'dir' ? '/' : '');
    let modifier = a.type === b.type ? '' : 'T';
    if (a.type === 'file' && b.type === 'file' && !sameContent(a, b)) {
      this.statistics.changedFiles += 1;
      modifier += sameNode({ ...a, content: null }, { ...b, content: null }) ? 'M?' : 'M';
    } else if (this.#options.metadata && !sameNode(a, b)) {
      modifier += 'U';
    }
    if (modifier !== '') await this.#options.onChange(path, modifier);
    if (a.subtree === undefined || b.subtree === undefined) return;
    const [before, after] = [a.subtree, b.subtree];
    if (before === after) this.#common.add(before);
    else await this.#tolerant(() => this.compare(path, before, after));
  }

  /** An item, and all that is in it, that only one side has. */
  async #oneSided(
    prefix: ByteString,
    node: Node,
    modifier: '+' | '-',
    counts: DiffCounts,
    blobs: BlobSet,
  ): Promise<void> {
    const path = prefix + node.name + (node.type === 'dir' ? '/' : '');
    await this.#options.onChange(path, modifier);
    if (node.type === 'file') counts.files += 1;
    else if (node.type === 'dir') counts.dirs += 1;
    else counts.others += 1;
    const { subtree } = node;
    if (subtree === undefined) return;
    await this.#tolerant(async () => {
      const { signal } = this.#options;
      const nodes = await this.#reader.load(subtree, signal);
      await this.#reader.prefetch(foldersOnlyIn(nodes, []), signal);
      for (const child of nodes) {
        signal.throwIfAborted();
        blobs.add(child);
        await this.#oneSided(path, child, modifier, counts, blobs);
      }
    });
  }

  async #tolerant(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isHoldfastError(error, 'corrupt', 'not-found')) throw error;
      this.#options.onDamaged(error);
    }
  }

  /** Counts the blobs that only one side refers to. */
  async countBlobs(): Promise<void> {
    for (const type of ['data', 'tree'] as const) {
      const [before, after] = [this.before[type], this.after[type]];
      for (const id of before) if (after.delete(id)) before.delete(id);
    }
    await this.#dropCommon();
    this.#count(this.before, this.statistics.removed);
    this.#count(this.after, this.statistics.added);
  }

  async #dropCommon(): Promise<void> {
    const sides = [this.before, this.after];
    if (sides.every(({ data, tree }) => data.size === 0 && tree.size === 0)) return;
    const drop = (type: BlobType, id: Id): void => {
      for (const side of sides) side[type].delete(id);
    };
    const { signal, onDamaged } = this.#options;
    const damaged = (_: Id, error: HoldfastError): void => onDamaged(error);
    await walkUniqueTrees(this.#repository, this.#common, { signal, onDamaged: damaged }, (_, nodes) => {
      for (const { type, content, subtree } of nodes) {
        if (subtree !== undefined) drop('tree', subtree);
        if (type === 'file') for (const id of content ?? []) drop('data', id);
      }
    });
  }

  #count(blobs: BlobSet, counts: DiffCounts): void {
    counts.dataBlobs = blobs.data.size;
    counts.treeBlobs = blobs.tree.size;
    for (const type of ['data', 'tree'] as const) {
      for (const id of blobs[type]) {
        const bytes = this.#repository.index.plainLength(type, id);
        if (bytes !== undefined) counts.bytes += bytes;
        else this.#options.onDamaged(new HoldfastError('not-found', `The ${type} blob ${id} is in no index.`));
      }
    }
  }
}

function noCounts(): DiffCounts {
  return { files: 0, dirs: 0, others: 0, dataBlobs: 0, treeBlobs: 0, bytes: 0 };
}

/** Trees of folders in `nodes` that are not the same in `others`: those that will be read. */
function foldersOnlyIn(nodes: readonly Node[], others: readonly Node[]): Id[] {
  const same = new Set(others.map(({ subtree }) => subtree));
  return nodes
    .map(({ subtree }) => subtree)
    .filter((id) => id !== undefined)
    .filter((id) => !same.has(id));
}

function sameContent(a: Node, b: Node): boolean {
  const [before, after] = [a.content ?? [], b.content ?? []];
  return before.length === after.length && before.every((id, index) => id === after[index]);
}

/** Everything equal that a node says; the order of extended attributes does not matter. */
function sameNode(a: Node, b: Node): boolean {
  return encodeNode(inOrder(a)) === encodeNode(inOrder(b));
}

function inOrder(node: Node): Node {
  if (node.xattrs === undefined) return node;
  return { ...node, xattrs: node.xattrs.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name))) };
}
