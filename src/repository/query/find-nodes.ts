/**
 * Finds files and folders by name in snapshots (restic cmd_find.go): patterns as in excludes, but only names count.
 *
 *   at first, if asked: which trees hold a matching name at all (search/name-scan.ts)
 *   for each folder of a snapshot (explicit stack; the trees of its subfolders are read together):
 *     the same tree at the same path was searched before?  its hits are known
 *     otherwise look at each node, and go down where something may match
 *
 * So snapshots that share folders cost what differs between them. Only hits and one short entry a folder stay in memory.
 */
import type { ByteString } from '../../base/byte-string.ts';
import { type HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { PatternList } from '../../base/path-patterns.ts';
import type { Id } from '../../format/id.ts';
import type { Node } from '../../format/tree.ts';
import type { Repository } from '../repository.ts';
import type { TreeReader } from '../trees.ts';
import type { ListedNode } from './list-nodes.ts';
import { type MayHold, scanNames } from './search/name-scan.ts';

export interface FindNodesOptions {
  /** restic's patterns; one that is empty matches everything. */
  readonly patterns: readonly ByteString[];
  readonly ignoreCase: boolean;
  /** Modified at this time or later, nanoseconds since the epoch. */
  readonly oldestNs?: bigint | undefined;
  /** Modified at this time or before. */
  readonly newestNs?: bigint | undefined;
  /** Takes folders that cannot be read; what is in them is not searched. */
  readonly onDamaged: (treeId: Id, error: HoldfastError) => void;
}

/** In the order of the walk: hits of the folder itself, and of folders in it. */
type Hits = readonly (ListedNode | Hits)[];
const none: Hits = [];

interface Frame {
  readonly key: string;
  readonly path: ByteString;
  readonly nodes: readonly Node[];
  readonly hits: (ListedNode | Hits)[];
  next: number;
}

/** Searches one snapshot after the other; remembers what it found in which folder. */
export class NodeFinder {
  readonly #reader: TreeReader;
  readonly #options: FindNodesOptions;
  readonly #patterns: PatternList;
  readonly #matchesAll: boolean;
  #mayHold: MayHold | undefined;
  /** By path and tree. */
  readonly #known = new Map<string, Hits>();

  /** @throws `invalid-input` for a pattern that is none */
  constructor(reader: TreeReader, options: FindNodesOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#matchesAll = options.patterns.includes('');
    // A leading "!" has no meaning here, as in restic.
    const patterns = options.patterns.map((pattern) => pattern.replace(/^!/, ''));
    this.#patterns = new PatternList(patterns, { ignoreCase: options.ignoreCase });
  }

  /**
   * Looks over the trees below these roots first, where that spares `find` folders in which nothing matches. Many snapshots
   * are then searched in a fraction of the time. Only these roots may be searched afterwards.
   */
  async scan(repository: Repository, roots: readonly Id[], signal: AbortSignal): Promise<void> {
    if (this.#matchesAll || !this.#patterns.namesTell) return;
    const matching = (names: readonly ByteString[]): boolean[] =>
      names.map((name) => this.#patterns.mayMatchName(name));
    this.#mayHold = await scanNames(repository, roots, { matching, signal });
  }

  /** What matches below `root`, folders before what is in them. */
  async *find(root: Id, signal: AbortSignal): AsyncGenerator<ListedNode, void> {
    yield* flat(await this.#search(root, signal));
  }

  async #search(root: Id, signal: AbortSignal): Promise<Hits> {
    const top: (ListedNode | Hits)[] = [];
    const stack: Frame[] = [];
    await this.#enter(stack, top, root, '', signal);
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      signal.throwIfAborted();
      const node = frame.nodes[frame.next++];
      if (node === undefined) {
        stack.pop();
        const hits = frame.hits.length === 0 ? none : frame.hits;
        this.#known.set(frame.key, hits);
        if (hits !== none) (stack.at(-1)?.hits ?? top).push(hits);
        continue;
      }
      const path = `${frame.path}/${node.name}`;
      const { found, enter } = this.#look(path, node);
      if (found) frame.hits.push({ path, node });
      if (enter && node.subtree !== undefined) await this.#enter(stack, frame.hits, node.subtree, path, signal);
    }
    return top;
  }

  async #enter(
    stack: Frame[],
    hits: (ListedNode | Hits)[],
    treeId: Id,
    path: ByteString,
    signal: AbortSignal,
  ): Promise<void> {
    const key = `${treeId}${path}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      if (known !== none) hits.push(known);
      return;
    }
    try {
      const nodes = await this.#reader.load(treeId, signal);
      await this.#prefetch(nodes, path, signal);
      stack.push({ key, path, nodes, hits: [], next: 0 });
    } catch (error) {
      if (!isHoldfastError(error, 'corrupt', 'not-found')) throw error;
      this.#options.onDamaged(treeId, error);
    }
  }

  /** The trees of the folders that will be entered. */
  async #prefetch(nodes: readonly Node[], path: ByteString, signal: AbortSignal): Promise<void> {
    const wanted: Id[] = [];
    for (const node of nodes) {
      if (node.subtree === undefined) continue;
      const below = `${path}/${node.name}`;
      if (!this.#known.has(`${node.subtree}${below}`) && this.#look(below, node).enter) wanted.push(node.subtree);
    }
    await this.#reader.prefetch(wanted, signal);
  }

  #look(path: ByteString, node: Node): { readonly found: boolean; readonly enter: boolean } {
    const { oldestNs, newestNs } = this.#options;
    const mayHold = this.#mayHold;
    const { matched, childMayMatch } = this.#matchesAll
      ? { matched: true, childMayMatch: true }
      : this.#patterns.matchWithChildren(path);
    const found =
      matched &&
      (oldestNs === undefined || node.mtimeNs >= oldestNs) &&
      (newestNs === undefined || node.mtimeNs <= newestNs);
    const worthIt = matched || mayHold === undefined || node.subtree === undefined || mayHold(node.subtree);
    return { found, enter: found || (childMayMatch && worthIt) };
  }
}

function* flat(hits: Hits): Generator<ListedNode, void> {
  const stack: { readonly hits: Hits; next: number }[] = [{ hits, next: 0 }];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const item = frame.hits[frame.next++];
    if (item === undefined) stack.pop();
    else if ('path' in item) yield item;
    else stack.push({ hits: item, next: 0 });
  }
}
