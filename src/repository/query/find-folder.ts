/** Goes down a snapshot's folders by names. */
import { type ByteString, toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import type { Node } from '../../format/tree.ts';
import type { TreeReader } from '../trees.ts';

/** The names of a path in a snapshot: no empty ones, no `.`, `..` worked out. */
export function pathNames(path: ByteString): ByteString[] {
  const names: ByteString[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}

/**
 * The tree of a folder below `root`; `root` itself for "" and "/".
 *
 * @throws `not-found` naming the part of the path that is not there; `invalid-input` if it is no folder
 */
export async function findFolder(reader: TreeReader, root: Id, path: ByteString, signal: AbortSignal): Promise<Id> {
  const names = pathNames(path);
  if (names.length === 0) return root;
  const node = await findNode(reader, root, names, signal);
  return subtreeOf(node, names);
}

/** The node at a path that is not empty. Errors as `findFolder`'s. */
export async function findNode(
  reader: TreeReader,
  root: Id,
  names: readonly ByteString[],
  signal: AbortSignal,
): Promise<Node> {
  let tree = root;
  for (const [depth, name] of names.entries()) {
    const path = names.slice(0, depth + 1);
    const node = (await reader.load(tree, signal)).find((one) => one.name === name);
    if (node === undefined) {
      throw new HoldfastError('not-found', `The snapshot has no ${textOf(path)}.`, {
        hint: 'List it with ls: paths are written as ls shows them.',
      });
    }
    if (depth === names.length - 1) return node;
    tree = subtreeOf(node, path);
  }
  throw new HoldfastError('internal', 'A node was looked for without a name.');
}

function subtreeOf(node: Node, path: readonly ByteString[]): Id {
  if (node.type === 'dir' && node.subtree !== undefined) return node.subtree;
  throw new HoldfastError('invalid-input', `${textOf(path)} is no folder in the snapshot but a ${node.type}.`);
}

function textOf(names: readonly ByteString[]): string {
  return toUtf8(`/${names.join('/')}`);
}
