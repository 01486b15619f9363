/**
 * The same folder of many snapshots, looked at together: each of its trees is read once, however many snapshots have it.
 */
import type { ByteString } from '../../../base/byte-string.ts';
import { type HoldfastError, isHoldfastError } from '../../../base/errors.ts';
import type { Id } from '../../../format/id.ts';
import type { Node } from '../../../format/tree.ts';
import type { TreeReader } from '../../trees.ts';

/** Numbers of snapshots, as the caller counts them. */
export type Holders = readonly number[];
/** A folder's trees, and which snapshots have which. */
export type HeldTrees = ReadonlyMap<Id, Holders>;

/** One of the nodes that a name has, and the snapshots that have it. */
export interface HeldNode {
  readonly node: Node;
  readonly holders: Holders;
}

export interface SideBySideOptions {
  readonly signal: AbortSignal;
  /** Takes a tree that cannot be read; the snapshots that have it are as if they had nothing there. */
  readonly onDamaged: (treeId: Id, error: HoldfastError, holders: Holders) => void;
}

/** The roots of snapshots, which are counted from 0 in this order. */
export function rootsOf(trees: readonly Id[]): HeldTrees {
  const held = new Map<Id, number[]>();
  for (const [at, tree] of trees.entries()) hold(held, tree, [at]);
  return held;
}

/** All names in a folder, in their order, with the nodes that they have. */
export async function namesIn(
  reader: TreeReader,
  trees: HeldTrees,
  options: SideBySideOptions,
): Promise<ReadonlyMap<ByteString, readonly HeldNode[]>> {
  const found = new Map<ByteString, HeldNode[]>();
  await eachTree(reader, trees, options, (nodes, holders) => {
    for (const node of nodes) {
      const list = found.get(node.name);
      if (list === undefined) found.set(node.name, [{ node, holders }]);
      else list.push({ node, holders });
    }
  });
  if (trees.size < 2) return found;
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The nodes of one name in a folder. */
export async function nodesNamed(
  reader: TreeReader,
  trees: HeldTrees,
  name: ByteString,
  options: SideBySideOptions,
): Promise<HeldNode[]> {
  const found: HeldNode[] = [];
  await eachTree(reader, trees, options, (nodes, holders) => {
    const node = nodes.find((one) => one.name === name);
    if (node !== undefined) found.push({ node, holders });
  });
  return found;
}

/** The trees of the folders among these nodes. */
export function subtreesOf(nodes: readonly HeldNode[]): HeldTrees {
  const held = new Map<Id, number[]>();
  for (const { node, holders } of nodes) if (node.subtree !== undefined) hold(held, node.subtree, holders);
  return held;
}

async function eachTree(
  reader: TreeReader,
  trees: HeldTrees,
  { signal, onDamaged }: SideBySideOptions,
  visit: (nodes: readonly Node[], holders: Holders) => void,
): Promise<void> {
  await reader.prefetch([...trees.keys()], signal);
  for (const [id, holders] of trees) {
    signal.throwIfAborted();
    let nodes: readonly Node[];
    try {
      nodes = await reader.load(id, signal);
    } catch (error) {
      if (!isHoldfastError(error, 'corrupt', 'not-found')) throw error;
      onDamaged(id, error, holders);
      continue;
    }
    visit(nodes, holders);
  }
}

function hold(held: Map<Id, number[]>, tree: Id, holders: Holders): void {
  const list = held.get(tree);
  if (list === undefined) held.set(tree, [...holders]);
  else list.push(...holders);
}
