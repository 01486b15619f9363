/**
 * Finds out which trees hold, or lead to, a name that is looked for, so that a search reads no other.
 *
 *   every tree below the roots, each once ──► its names, not parsed (or from the catalog) ──► does one match?
 *   at the end: from the trees that have one up to all that lead there
 *
 * A tree that cannot be read counts as one that may hold it: the search that comes to it says so, with its place.
 */
import type { ByteString } from '../../../base/byte-string.ts';
import type { Id } from '../../../format/id.ts';
import type { Repository } from '../../repository.ts';
import { sweepTrees } from '../../sweep-trees.ts';
import { type CatalogTree, type NameCatalog, TreeNames } from './name-catalog.ts';

export interface NameScanOptions {
  /** Which of these names match; asked for many at a time. */
  readonly matching: (names: readonly ByteString[]) => readonly boolean[];
  /** What was read before is taken from there, and what is read is put there. */
  readonly catalog?: NameCatalog;
  readonly signal: AbortSignal;
  /** Trees looked at so far, trees known to be there. */
  readonly onProgress?: (done: number, known: number) => void;
}

const namesAtOnce = 10_000;

/** Whether the tree, or one below it, has a matching name or may have one. */
export type MayHold = (treeId: Id) => boolean;

/** Looks at all trees below `roots`. The index must be loaded. */
export async function scanNames(
  repository: Repository,
  roots: Iterable<Id>,
  options: NameScanOptions,
): Promise<MayHold> {
  const { signal, onProgress } = options;
  const catalog = options.catalog?.open() ?? new TreeNames(0);
  const found = new MatchingTrees(options.matching);
  const seen = new Set<number>();
  const waiting: number[] = [];
  const meet = (tree: number): void => {
    if (seen.has(tree)) return;
    seen.add(tree);
    waiting.push(tree);
  };
  const take = (tree: number, { names, subtrees }: CatalogTree): void => {
    found.add(tree, names, subtrees);
    for (const subtree of subtrees) meet(subtree);
  };
  /** Of the trees that wait, those that have to be read; the others are taken with what is below them. */
  const unread = (): Id[] => {
    const ids: Id[] = [];
    for (let tree = waiting.pop(); tree !== undefined; tree = waiting.pop()) {
      const known = catalog.get(tree);
      if (known === undefined) ids.push(catalog.idOf(tree));
      else take(tree, known);
    }
    return ids;
  };

  for (const root of roots) meet(catalog.numberOf(root));
  const sweep = {
    signal,
    onDamaged: (id: Id) => found.addUnreadable(catalog.numberOf(id)),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  await sweepTrees(repository, unread(), sweep, (id, bytes) => {
    const tree = catalog.numberOf(id);
    take(tree, catalog.add(tree, bytes));
    return unread();
  });
  return found.mayHold((id) => catalog.numberOf(id));
}

/** Trees are numbers here. */
class MatchingTrees {
  readonly #matching: NameScanOptions['matching'];
  readonly #parents = new Map<number, number[]>();
  readonly #hits = new Set<number>();
  #undecided: { readonly tree: number; readonly names: ByteString }[] = [];
  #undecidedLength = 0;

  constructor(matching: NameScanOptions['matching']) {
    this.#matching = matching;
  }

  add(tree: number, names: ByteString, subtrees: readonly number[]): void {
    this.#undecided.push({ tree, names });
    this.#undecidedLength += names.length;
    if (this.#undecidedLength > 16 * namesAtOnce) this.#decide();
    for (const subtree of subtrees) {
      const parents = this.#parents.get(subtree);
      if (parents === undefined) this.#parents.set(subtree, [tree]);
      else if (parents.at(-1) !== tree) parents.push(tree);
    }
  }

  addUnreadable(tree: number): void {
    this.#hits.add(tree);
  }

  mayHold(numberOf: (id: Id) => number): MayHold {
    this.#decide();
    for (const tree of this.#hits) for (const parent of this.#parents.get(tree) ?? []) this.#hits.add(parent);
    return (id) => this.#hits.has(numberOf(id));
  }

  #decide(): void {
    const lists = this.#undecided.map(({ names }) => (names === '' ? [] : names.split('/')));
    const matched = this.#matching(lists.flat());
    let at = 0;
    for (const [index, { tree }] of this.#undecided.entries()) {
      for (const end = at + lists[index]!.length; at < end; at++) if (matched[at] === true) this.#hits.add(tree);
    }
    this.#undecided = [];
    this.#undecidedLength = 0;
  }
}
