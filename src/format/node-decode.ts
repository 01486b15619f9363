/**
 * Nodes from tree JSON: every field checked, names back as exact bytes.
 *
 * A repository may be hostile: a node whose name could lead out of its folder never leaves this file.
 */
import { isAscii } from 'node:buffer';
import { type ByteString, fromUtf8 } from '../base/byte-string.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../base/errors.ts';
import type { NodeType } from './file-mode.ts';
import { goUnquote } from './go-quote.ts';
import { parseTime } from './go-time.ts';
import { isId } from './id.ts';
import { checkDepth, decodeBase64, type JsonObject } from './json-object.ts';
import type { Node, Xattr } from './node.ts';

const types: ReadonlySet<unknown> = new Set<NodeType>([
  'file',
  'dir',
  'symlink',
  'dev',
  'chardev',
  'fifo',
  'socket',
  'irregular',
]);
const MAX_U32 = 0xffffffff;
const MAX_U64 = 2n ** 64n - 1n;

/** One node's JSON text (of treeNodeTexts). Throws 'corrupt', or 'unsupported' for a type of a later restic. */
export function decodeNode(text: ByteString): Node {
  return nodesFromBytes(Buffer.from(`{"nodes":[${text}]}`, 'latin1'))[0]!;
}

/** The checked nodes of a tree blob, in its order. Throws as decodeNode, or 'corrupt' when there is no list of nodes. */
export function nodesFromBytes(bytes: Uint8Array): Node[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return nodesFromText(buffer.toString(isAscii(buffer) ? 'latin1' : 'utf8'));
}

function nodesFromText(text: string): Node[] {
  let list = nodeList(parse(text));
  if (list.some(hasLargeInteger)) list = nodeList(parse(text, exactInteger));
  return list.map(nodeFromJson);
}

function nodeList(tree: unknown): unknown[] {
  const list = typeof tree === 'object' && tree !== null && 'nodes' in tree ? tree.nodes : undefined;
  if (!Array.isArray(list)) throw new HoldfastError('corrupt', 'the tree has no list of nodes');
  return list;
}

function parse(text: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch (cause) {
    throw new HoldfastError('corrupt', `the tree is not valid JSON: ${messageOf(cause)}`, { cause });
  }
}

/** Inodes and devices of some file systems do not fit a double: then all is parsed again, more slowly. */
function hasLargeInteger(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { inode, device_id, device } = value as JsonObject;
  return isLarge(inode) || isLarge(device_id) || isLarge(device);
}

function isLarge(value: unknown): boolean {
  return typeof value === 'number' && value > Number.MAX_SAFE_INTEGER;
}

function exactInteger(_key: string, value: unknown, ...rest: unknown[]): unknown {
  if (!isLarge(value)) return value;
  const context = rest[0]; // {source}: ECMAScript's JSON.parse source text access
  if (typeof context !== 'object' || context === null || !('source' in context)) return value;
  return /^\d{1,20}$/.test(String(context.source)) ? BigInt(String(context.source)) : value;
}

/** A parsed node, checked. `index` names it in errors when its name cannot. */
function nodeFromJson(value: unknown, index: number): Node {
  try {
    return convert(value);
  } catch (cause) {
    if (!isHoldfastError(cause)) throw cause;
    const name = typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined;
    const label = typeof name === 'string' ? JSON.stringify(name) : `number ${index}`;
    const context = { node: typeof name === 'string' ? name : `#${index}` };
    throw new HoldfastError(cause.code, `the node ${label} is damaged: ${cause.message}`, { context, cause });
  }
}

function convert(value: unknown): Node {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw corrupt('it is not an object');
  const json = value as JsonObject;
  const node: Node = {
    name: nameOf(json.name),
    type: typeOf(json.type),
    mode: integer(json.mode, 'mode', MAX_U32),
    mtimeNs: time(json.mtime, 'mtime'),
    atimeNs: time(json.atime, 'atime'),
    ctimeNs: time(json.ctime, 'ctime'),
    uid: integer(json.uid, 'uid', MAX_U32),
    gid: integer(json.gid, 'gid', MAX_U32),
    content: contentOf(json.content),
  };
  if (json.user != null) node.user = bytes(json.user, 'user');
  if (json.group != null) node.group = bytes(json.group, 'group');
  if (json.inode != null) node.inode = integer64(json.inode, 'inode');
  if (json.device_id != null) node.deviceId = integer64(json.device_id, 'device_id');
  if (json.size != null) node.size = integer(json.size, 'size', Number.MAX_SAFE_INTEGER);
  if (json.links != null) node.links = integer(json.links, 'links', Number.MAX_SAFE_INTEGER);
  if (json.linktarget != null) node.linktarget = bytes(json.linktarget, 'linktarget');
  if (json.linktarget_raw != null) node.linktarget = base64(json.linktarget_raw, 'linktarget_raw').toString('latin1');
  if (json.extended_attributes != null) node.xattrs = xattrsOf(json.extended_attributes);
  if (json.generic_attributes != null) node.genericAttributes = genericOf(json.generic_attributes);
  if (json.device != null) node.device = integer64(json.device, 'device');
  if (json.subtree != null) node.subtree = idOf(json.subtree, 'subtree');
  if (json.error != null) node.error = bytes(json.error, 'error');
  if (node.type === 'dir' && node.subtree === undefined) throw corrupt('it is a folder without a tree');
  return node;
}

function nameOf(value: unknown): ByteString {
  if (typeof value !== 'string') throw corrupt('"name" is not a string');
  const name = goUnquote(value);
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw corrupt('its name is not a file name');
  }
  return name;
}

function typeOf(value: unknown): NodeType {
  if (types.has(value)) return value as NodeType;
  throw new HoldfastError('unsupported', `the type ${JSON.stringify(value)} is not known`, {
    hint: 'A newer Holdfast may know it.',
  });
}

function time(value: unknown, field: string): bigint {
  if (typeof value !== 'string') throw corrupt(`"${field}" is not a time`);
  return parseTime(value);
}

function bytes(value: unknown, field: string): ByteString {
  if (typeof value !== 'string') throw corrupt(`"${field}" is not a string`);
  return fromUtf8(value);
}

function integer(value: unknown, field: string, maximum: number): number {
  if (value == null) return 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= maximum) return value;
  throw corrupt(`"${field}" is not an integer of at most ${maximum}`);
}

function integer64(value: unknown, field: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'bigint' && value <= MAX_U64) return value;
  throw corrupt(`"${field}" is not a 64-bit integer`);
}

function idOf(value: unknown, field: string): string {
  if (!isId(value)) throw corrupt(`"${field}" is not an id`);
  return value;
}

function contentOf(value: unknown): string[] | null {
  if (value == null) return null;
  if (!Array.isArray(value) || !value.every(isId)) throw corrupt('"content" is not a list of ids');
  return value;
}

function base64(value: unknown, field: string): Buffer {
  const decoded = typeof value === 'string' ? decodeBase64(value) : undefined;
  if (decoded === undefined) throw corrupt(`"${field}" is not base64`);
  return Buffer.from(decoded.buffer, decoded.byteOffset, decoded.byteLength);
}

function xattrsOf(value: unknown): Xattr[] {
  if (!Array.isArray(value)) throw corrupt('"extended_attributes" is not a list');
  return value.map((item: unknown) => {
    if (typeof item !== 'object' || item === null || !('name' in item))
      throw corrupt('an extended attribute has no name');
    const content = 'value' in item ? item.value : null;
    return {
      name: bytes(item.name, 'extended_attributes'),
      value: content === null ? new Uint8Array(0) : base64(content, 'extended_attributes'),
    };
  });
}

function genericOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw corrupt('"generic_attributes" is no object');
  checkDepth(value, '"generic_attributes"');
  return value as Record<string, unknown>;
}

function corrupt(problem: string): HoldfastError {
  return new HoldfastError('corrupt', problem);
}
