/**
 * One folder of the parent snapshot, and what of it is still true.
 *
 * Fast path: folder entries and tree nodes come in the same order, and a node's text begins with all that stat tells
 * (`nodeHead`). While the heads that are generated for this backup equal the parent's text, byte for byte, the rest of
 * each node (attributes, content) is taken over as text: nothing is parsed, hashed or read. At the first difference the
 * tree is decoded, and the rest of the folder is compared field by field, by restic's rules.
 *
 * Extended attributes are taken over with an unchanged ctime, which every change of them moves.
 */
import type { ByteString } from '../base/byte-string.ts';
import { isHoldfastError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import { decodeTree, type Node, treeNodeTexts } from '../format/tree.ts';
import type { FileStat } from '../source/mod.ts';

/** Which changes of a file's stat count, as restic's --ignore-ctime and --ignore-inode. */
export interface ChangeRules {
  readonly ignoreCtime: boolean;
  readonly ignoreInode: boolean;
}

const start = '{"nodes":[';
const end = ']}\n';
const contentKey = '"content":[';
/** A tail with anything else in it (an error, say) is left to the decoder. */
const noContentTail = /"content":null(?:,"subtree":"[0-9a-f]{64}")?\}/y;
const subtreeTail = /"subtree":"([0-9a-f]{64})"\}$/;

export class ParentFolder {
  readonly treeId: Id;
  readonly #text: ByteString;
  /** Where the next node begins; −1 once the fast path is left. */
  #at: number;
  #nodes: Map<ByteString, Node> | undefined;

  constructor(treeId: Id, bytes: Uint8Array) {
    this.treeId = treeId;
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    this.#at = this.#text.startsWith(start) ? start.length : -1;
  }

  /**
   * The whole text of the parent's next node, if it begins with `head`; undefined ends the fast path.
   * `node` must be asked for from then on.
   */
  matchText(head: ByteString): ByteString | undefined {
    const at = this.#at;
    if (at < 0) return undefined;
    const text = this.#text;
    const tailAt = at + head.length;
    if (!text.startsWith(head, at)) return this.#leave();
    const nodeEnd = endOfNode(text, tailAt);
    if (nodeEnd < 0) return this.#leave();
    this.#at = text[nodeEnd] === ',' ? nodeEnd + 1 : nodeEnd;
    return text.slice(at, nodeEnd);
  }

  /** True when every node of the parent was matched: the same nodes give the same tree. */
  get matchedAll(): boolean {
    return this.#at >= 0 && this.#text.startsWith(end, this.#at) && this.#text.length === this.#at + end.length;
  }

  /** The parent's node of that name, decoded. */
  node(name: ByteString): Node | undefined {
    return this.#decoded().get(name);
  }

  /** All nodes, decoded, in order. None of a tree that is no valid one: then everything is read again. */
  get nodes(): Iterable<Node> {
    return this.#decoded().values();
  }

  /** The exact texts of `nodes`; undefined where the tree is not laid out as restic does it. */
  nodeTexts(): ByteString[] | undefined {
    try {
      const texts = treeNodeTexts(Buffer.from(this.#text, 'latin1'));
      return texts.length === this.#decoded().size ? texts : undefined;
    } catch (error) {
      if (isHoldfastError(error, 'corrupt')) return undefined;
      throw error;
    }
  }

  #decoded(): ReadonlyMap<ByteString, Node> {
    this.#nodes ??= new Map(this.#decode().map((node) => [node.name, node]));
    return this.#nodes;
  }

  #decode(): Node[] {
    try {
      return decodeTree(Buffer.from(this.#text, 'latin1'));
    } catch (error) {
      if (isHoldfastError(error, 'corrupt', 'unsupported')) return [];
      throw error;
    }
  }

  #leave(): undefined {
    this.#at = -1;
    return undefined;
  }
}

/** Whether a node's text is `head` and a tail that can be taken over with it: one that names nothing but a subtree. */
export function isPlainFolderText(text: ByteString, head: ByteString): boolean {
  return text.startsWith(head) && endOfNode(text, head.length) === text.length;
}

/** The index behind the `}` that closes the node whose tail begins at `at`, or −1 if the tail is no plain one. */
function endOfNode(text: ByteString, at: number): number {
  if (text.startsWith(contentKey, at)) {
    const close = text.indexOf(']', at);
    return text[close + 1] === '}' ? close + 2 : -1;
  }
  noContentTail.lastIndex = at;
  return noContentTail.test(text) ? noContentTail.lastIndex : -1;
}

/** The blob ids in a file node's text that ends with its content. */
export function contentOfText(nodeText: ByteString): Id[] {
  const from = nodeText.lastIndexOf(contentKey) + contentKey.length;
  const ids: Id[] = [];
  for (let at = from + 1; at < nodeText.length - 2; at += 67) ids.push(nodeText.slice(at, at + 64));
  return ids;
}

/** The subtree in a folder node's text. */
export function subtreeOfText(nodeText: ByteString): Id | undefined {
  return subtreeTail.exec(nodeText.slice(-80))?.[1];
}

/** restic's rule (internal/archiver, fileChanged): whether a file must be read again. */
export function fileChanged(stat: FileStat, node: Node, rules: ChangeRules): boolean {
  if (node.type !== 'file' || node.content === null || stat.size !== (node.size ?? 0) || stat.mtimeNs !== node.mtimeNs)
    return true;
  if (!rules.ignoreCtime && stat.ctimeNs !== node.ctimeNs) return true;
  return !rules.ignoreInode && stat.inode !== (node.inode ?? 0n);
}
