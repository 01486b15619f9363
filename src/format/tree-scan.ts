/**
 * Looks over a tree blob without parsing it: the names in it and the trees that it refers to, ten times as fast as decoding.
 *
 * It finds the names and subtrees of a tree that is written as restic and Holdfast do, and leaves any other to be decoded.
 * Nothing is checked: what is shown or followed to a file is decoded (tree.ts) first.
 */
import type { ByteString } from '../base/byte-string.ts';
import { goUnquote } from './go-quote.ts';
import { type Id, isId } from './id.ts';

export interface TreeScan {
  /** Views into the tree's text: copy what is kept for long. */
  readonly names: readonly ByteString[];
  readonly subtrees: readonly Id[];
}

const start = '{"nodes":[';
/** A key: inside of a JSON string its quotes would be escaped. */
const nameKey = '"name":"';
/** What follows the name of a node, and that of an extended attribute. */
const nodeGoesOn = '","type":"';
const folderGoesOn = '","type":"dir"';
const attributeGoesOn = '","value":';
const subtreeKey = '"subtree":"';
const idLength = 64;

/** Undefined where the tree is laid out in another way, or a name is malformed: decode it then. */
export function scanTree(bytes: Uint8Array): TreeScan | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('latin1');
  if (!text.startsWith(start)) return undefined;
  const names: ByteString[] = [];
  const subtrees: Id[] = [];
  for (let at = text.indexOf(nameKey); at >= 0; at = text.indexOf(nameKey, at)) {
    at += nameKey.length;
    let end = text.indexOf('"', at);
    while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
    if (end < 0) return undefined;
    if (text.startsWith(nodeGoesOn, end)) {
      const raw = text.slice(at, end);
      const name = raw.includes('\\') ? unescaped(raw) : raw;
      if (name === undefined) return undefined;
      names.push(name);
    } else if (!text.startsWith(attributeGoesOn, end)) return undefined;
    at = end;
    if (!text.startsWith(folderGoesOn, end)) continue;
    at = text.indexOf(subtreeKey, end) + subtreeKey.length;
    const id = buffer.toString('latin1', at, at + idLength); // a copy, which does not hold on to the text
    if (at < end || !isId(id)) return undefined;
    subtrees.push(id);
  }
  return names.length > 0 || text.charAt(start.length) === ']' ? { names, subtrees } : undefined;
}

function isEscaped(text: ByteString, quote: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes += 1;
  return backslashes % 2 === 1;
}

function unescaped(raw: ByteString): ByteString | undefined {
  try {
    const text: unknown = JSON.parse(`"${Buffer.from(raw, 'latin1').toString('utf8')}"`);
    return typeof text === 'string' ? goUnquote(text) : undefined;
  } catch {
    return undefined;
  }
}
