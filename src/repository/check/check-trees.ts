/**
 * The structure of all snapshots: every tree is there, can be read and makes sense, and every blob of every file is in
 * the index. Each tree is read once, however many snapshots share it.
 */
import { toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import { decodeNode, decodeTree, type Node, treeNodeTexts } from '../../format/tree.ts';
import type { Repository } from '../repository.ts';
import { sweepTrees } from '../sweep-trees.ts';
import type { CheckError, LostBlobs } from './report.ts';

export interface TreeCheckOptions {
  readonly repository: Repository;
  readonly roots: readonly Id[];
  readonly lost: LostBlobs;
  readonly onError: (error: CheckError) => void;
  readonly onProgress: (treesDone: number, treesKnown: number) => void;
  readonly signal: AbortSignal;
}

/** Adds what is missing or damaged to `lost`. Gives the number of trees. */
export async function checkTrees(options: TreeCheckOptions): Promise<number> {
  const { repository, roots, lost, onError, signal } = options;
  const { blobs } = repository.index;
  let trees = 0;
  await sweepTrees(
    repository,
    roots,
    {
      signal,
      onProgress: options.onProgress,
      onDamaged: (id, error) => {
        lost.trees.add(id);
        const kind = error.code === 'not-found' ? 'tree-missing' : 'tree-damaged';
        onError({ kind, id, message: error.message });
      },
    },
    (id, bytes) => {
      trees += 1;
      const subtrees: Id[] = [];
      for (const node of nodesOf(id, bytes, lost, onError)) {
        if (node.subtree !== undefined) subtrees.push(node.subtree);
        if (node.type !== 'file') continue;
        if (node.content === null) {
          lost.trees.add(id);
          onError({
            kind: 'node-damaged',
            id,
            message: `The file ${quoted(node)} in the tree ${id} has no list of blobs.`,
          });
        }
        for (const blob of node.content ?? []) {
          if (blobs.find('data', blob) >= 0) continue;
          if (!lost.data.has(blob)) {
            onError({
              kind: 'blob-missing',
              id: blob,
              message: `The blob ${blob} of the file ${quoted(node)} (tree ${id}) is in no index.`,
            });
          }
          lost.data.add(blob);
        }
      }
      return subtrees;
    },
  );
  return trees;
}

/** The tree's nodes; where some are damaged, these are reported, and the others are given all the same. */
function nodesOf(id: Id, bytes: Uint8Array, lost: LostBlobs, onError: (error: CheckError) => void): Node[] {
  try {
    return decodeTree(bytes);
  } catch (error) {
    if (!isHoldfastError(error, 'corrupt', 'unsupported')) throw error;
    lost.trees.add(id);
    onError({ kind: 'tree-damaged', id, message: `The tree ${id} is damaged: ${messageOf(error)}` });
  }
  const nodes: Node[] = [];
  try {
    for (const text of treeNodeTexts(bytes)) {
      try {
        nodes.push(decodeNode(text));
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
      }
    }
  } catch (error) {
    if (!isHoldfastError(error, 'corrupt')) throw error; // not even a list
  }
  return nodes;
}

function quoted(node: Node): string {
  return JSON.stringify(toUtf8(node.name));
}
