/**
 * Reads trees: one by one through a bounded cache, along paths, or every tree of a snapshot once.
 *
 * Walks keep no more than one path of folders in memory, need no recursion, and end on hostile repositories: a tree that
 * contains itself (which would break SHA-256) and folders nested beyond `maxDepth` are reported as damaged. Folders that
 * share a subtree are walked once each by `walkTree`, which shows paths; `walkUniqueTrees` visits every tree once, however
 * often it occurs.
 */
import type { ByteString } from '../base/byte-string.ts';
import { HoldfastError, isHoldfastError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import type { Node } from '../format/tree.ts';
import { decodeNamed, readTrees } from './read-trees.ts';
import type { Repository } from './repository.ts';

/** Deeper than any file system's path limit allows (PATH_MAX 4096 = 2048 folders; beyond it by relative calls). */
const maxDepth = 20_000;
const defaultCacheBytes = 16 * 1024 * 1024;
/** Enough for most of them to have neighbours in their packs. */
const treesAtOnce = 1000;

export class TreeReader {
  readonly #repository: Repository;
  readonly #cacheBytes: number;
  /** In order of use; JSON bytes stand for the memory that the nodes take (about the same). */
  readonly #cache = new Map<Id, { readonly nodes: readonly Node[]; readonly bytes: number }>();
  #cachedBytes = 0;

  constructor(repository: Repository, options: { readonly cacheBytes?: number } = {}) {
    this.#repository = repository;
    this.#cacheBytes = options.cacheBytes ?? defaultCacheBytes;
  }

  /**
   * The nodes of a tree, sorted by name. Not to be changed: they may be in the cache.
   *
   * @throws `not-found` if the index has no such tree; `corrupt` naming the tree
   */
  async load(id: Id, signal: AbortSignal): Promise<readonly Node[]> {
    const cached = this.#cache.get(id);
    if (cached !== undefined) {
      this.#cache.delete(id);
      this.#cache.set(id, cached);
      return cached.nodes;
    }
    const bytes = await this.#repository.readBlob('tree', id, signal);
    const nodes = decodeNamed(id, bytes);
    this.#remember(id, nodes, bytes.length);
    return nodes;
  }

  /** Puts trees into the cache that will be needed soon, as far as a part of the cache holds them. */
  async prefetch(ids: readonly Id[], signal: AbortSignal): Promise<void> {
    const { index } = this.#repository;
    const wanted: Id[] = [];
    let bytes = 0;
    for (const id of ids) {
      if (this.#cache.has(id)) continue;
      bytes += index.plainLength('tree', id) ?? 0;
      if (bytes > this.#cacheBytes / 4) break;
      wanted.push(id);
    }
    if (wanted.length < 2) return;
    await readTrees(this.#repository, wanted, signal, {
      tree: (id, nodes, length) => this.#remember(id, nodes, length),
      failed: () => undefined, // `load` will say it
    });
  }

  #remember(id: Id, nodes: readonly Node[], bytes: number): void {
    if (bytes > this.#cacheBytes / 2 || this.#cache.has(id)) return;
    this.#cache.set(id, { nodes, bytes });
    this.#cachedBytes += bytes;
    for (const [oldest, entry] of this.#cache) {
      if (this.#cachedBytes <= this.#cacheBytes) return;
      this.#cache.delete(oldest);
      this.#cachedBytes -= entry.bytes;
    }
  }
}

/** One entry of a walk. */
export interface WalkedNode {
  /** From the walk's root, "/"-separated, without a leading "/". */
  readonly path: ByteString;
  readonly node: Node;
  /** The tree that the node is in. */
  readonly treeId: Id;
}

export interface WalkOptions {
  readonly signal: AbortSignal;
  /** False for folders that need not be entered. The folder itself was shown before. */
  readonly enter?: (folder: WalkedNode) => boolean;
  /** Takes a folder whose tree cannot be read (and all below) instead of failing; "" is the root. */
  readonly onDamaged?: (path: ByteString, treeId: Id, error: HoldfastError) => void;
}

/** Every node below a tree, folders before what is in them, in the order of names. */
export async function* walkTree(reader: TreeReader, root: Id, options: WalkOptions): AsyncGenerator<WalkedNode> {
  interface Level {
    readonly treeId: Id;
    readonly prefix: ByteString;
    readonly nodes: readonly Node[];
    next: number;
  }
  const levels: Level[] = [];
  const ancestors = new Set<Id>();
  const enter = async (treeId: Id, path: ByteString): Promise<void> => {
    try {
      if (ancestors.has(treeId)) throw new HoldfastError('corrupt', `The tree ${treeId} contains itself.`);
      if (levels.length >= maxDepth) throw new HoldfastError('corrupt', `Folders are nested deeper than ${maxDepth}.`);
      const nodes = await reader.load(treeId, options.signal);
      ancestors.add(treeId);
      if (options.enter === undefined) await reader.prefetch(subtreesOf(nodes), options.signal);
      levels.push({ treeId, prefix: path === '' ? '' : `${path}/`, nodes, next: 0 });
    } catch (error) {
      if (options.onDamaged === undefined || !isHoldfastError(error, 'corrupt', 'not-found')) throw error;
      options.onDamaged(path, treeId, error);
    }
  };

  await enter(root, '');
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    options.signal.throwIfAborted();
    const node = level.nodes[level.next++];
    if (node === undefined) {
      ancestors.delete(level.treeId);
      levels.pop();
      continue;
    }
    const walked: WalkedNode = { path: level.prefix + node.name, node, treeId: level.treeId };
    yield walked;
    if (node.subtree !== undefined && (options.enter?.(walked) ?? true)) await enter(node.subtree, walked.path);
  }
}

function subtreesOf(nodes: readonly Node[]): Id[] {
  return nodes.map(({ subtree }) => subtree).filter((subtree) => subtree !== undefined);
}

export interface UniqueTreesOptions {
  readonly signal: AbortSignal;
  /** Trees that were visited before (and are added to): shared between calls, each tree is visited once in all. */
  readonly seen?: Set<Id>;
  /** Takes trees that cannot be read instead of failing. */
  readonly onDamaged?: (treeId: Id, error: HoldfastError) => void;
}

/**
 * Every tree reachable from `roots`, each once, in no order. Trees of one pack are read together (a call a tree costs
 * twenty times as much as decoding it), and go past the cache. `visit` is called for one tree at a time.
 */
export async function walkUniqueTrees(
  repository: Repository,
  roots: Iterable<Id>,
  options: UniqueTreesOptions,
  visit: (treeId: Id, nodes: readonly Node[]) => void,
): Promise<void> {
  const { signal, seen = new Set(), onDamaged } = options;
  const waiting: Id[] = [];
  const meet = (id: Id): void => {
    if (seen.has(id)) return;
    seen.add(id);
    waiting.push(id);
  };
  for (const root of roots) meet(root);
  while (waiting.length > 0) {
    await readTrees(repository, waiting.splice(-treesAtOnce), signal, {
      tree(id, nodes) {
        visit(id, nodes);
        for (const { subtree } of nodes) if (subtree !== undefined) meet(subtree);
      },
      failed(id, error) {
        if (onDamaged === undefined) throw error;
        onDamaged(id, error);
      },
    });
  }
}
