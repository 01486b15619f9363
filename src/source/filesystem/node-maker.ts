/**
 * Makes tree nodes of entries in two steps: `bare` from the stat alone (enough to see that nothing changed), and `complete`, which
 * adds what costs a look at the item itself: its extended attributes.
 */
import { type ByteString, toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Node } from '../../format/node.ts';
import type { FileAttributes } from '../../platform/attributes.ts';
import { openLongPath } from './long-path.ts';
import type { ReadableEntry } from './scan-directory.ts';
import { type OwnerNames, type ToNodeOptions, toNode } from './to-node.ts';

export interface NodeMaker {
  /** The node without extended attributes, content and subtree. */
  bare(entry: ReadableEntry): Node;
  /** The same node with its extended attributes, read from `path`. */
  complete(node: Node, path: ByteString): Node;
}

export interface NodeMakerOptions extends ToNodeOptions {
  readonly owners: OwnerNames;
  readonly attributes: Pick<FileAttributes, 'listXattrs'>;
  /** Hears of attributes that cannot be read; the node goes into the backup without them. */
  readonly problem: (path: ByteString, error: HoldfastError) => void;
}

export function createNodeMaker(options: NodeMakerOptions): NodeMaker {
  const { owners, attributes, problem } = options;
  return {
    bare: (entry) => toNode(entry, entry.name, owners, options),
    complete(node, path) {
      const report = (error: unknown): void => problem(path, attributeError(path, error));
      try {
        using reach = openLongPath(path);
        const xattrs = attributes.listXattrs(reach.path, (_name, error) => report(error));
        if (xattrs.length > 0) node.xattrs = [...xattrs];
      } catch (error) {
        report(error);
      }
      return node;
    },
  };
}

function attributeError(path: ByteString, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  return new HoldfastError('io', `Cannot read the extended attributes of ${toUtf8(path)}`, { cause: error });
}
