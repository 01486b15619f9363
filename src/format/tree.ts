/**
 * Tree blobs: one folder's nodes as JSON, sorted by the bytes of their names (restic design.rst, Trees and Data).
 *
 * Written byte for byte as restic writes them, so that the same folder has the same id. Unknown fields do not survive
 * decodeTree: who changes a tree of another program takes it apart by treeNodeTexts and keeps the texts of the rest.
 */
import type { ByteString } from '../base/byte-string.ts';
import { HoldfastError } from '../base/errors.ts';
import type { Node } from './node.ts';
import { nodesFromBytes } from './node-decode.ts';
import { encodeNode } from './node-encode.ts';

export type { Node, Xattr } from './node.ts';
export { decodeNode } from './node-decode.ts';
export { encodeNode, nodeHead, nodeTail } from './node-encode.ts';

/** The tree blob of these nodes, which must be in the order of their names. */
export function encodeTree(nodes: readonly Node[]): Uint8Array {
  return treeText(nodes.map(encodeNode));
}

/** The tree blob of nodes that are encoded already, in the order of their names. */
export function treeText(nodeTexts: readonly ByteString[]): Uint8Array {
  return Buffer.from(`{"nodes":[${nodeTexts.join(',')}]}\n`, 'latin1');
}

/**
 * The nodes of a tree blob, checked (node-decode.ts) and in strict order of names.
 * Throws 'corrupt' naming the node; 'unsupported' for node types that are not known.
 */
export function decodeTree(bytes: Uint8Array): Node[] {
  const nodes = nodesFromBytes(bytes);
  for (let i = 1; i < nodes.length; i++) {
    const [before, node] = [nodes[i - 1]!, nodes[i]!];
    if (before.name < node.name) continue;
    const problem = before.name === node.name ? 'is there twice' : 'is out of order';
    throw new HoldfastError('corrupt', `the node ${JSON.stringify(node.name)} ${problem} in its tree`, {
      context: { node: node.name },
    });
  }
  return nodes;
}

/**
 * The exact JSON texts of a tree blob's nodes, in its order, not parsed or checked: for comparing with encoded nodes, and
 * for changing some nodes of a tree while the others stay as they are. Throws 'corrupt' when the blob is not laid out as
 * restic does.
 */
export function treeNodeTexts(bytes: Uint8Array): ByteString[] {
  const text = textOf(bytes);
  const start = '{"nodes":[';
  if (!text.startsWith(start)) throw layoutError();
  const texts: ByteString[] = [];
  let at = start.length;
  if (text.charCodeAt(at) === 0x5d) return checkEnd(text, at, texts);
  for (;;) {
    const end = objectEnd(text, at);
    texts.push(text.slice(at, end));
    if (text.charCodeAt(end) !== 0x2c) return checkEnd(text, end, texts);
    at = end + 1;
  }
}

function checkEnd(text: ByteString, at: number, texts: ByteString[]): ByteString[] {
  if (text.slice(at).trimEnd() !== ']}') throw layoutError();
  return texts;
}

/** The index behind the object that starts at `at`. */
function objectEnd(text: ByteString, at: number): number {
  if (text.charCodeAt(at) !== 0x7b) throw layoutError();
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x22) i = stringEnd(text, i);
    else if (char === 0x7b) depth++;
    else if (char === 0x7d && --depth === 0) return i + 1;
  }
  throw layoutError();
}

/** The index of the quote that ends the string whose first quote is at `at`. */
function stringEnd(text: ByteString, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  throw layoutError();
}

function textOf(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function layoutError(): HoldfastError {
  return new HoldfastError('corrupt', 'the tree is not laid out as a list of nodes');
}
