/**
 * Nodes as tree JSON, byte for byte as restic writes them: the head (all that stat, readlink and the user tables give)
 * and the tail (what takes more work: extended attributes, content, subtree).
 *
 * This runs once for every file of every backup: small caches keep what neighbours share.
 */
import { type ByteString, fromUtf8 } from '../base/byte-string.ts';
import { jsonString, jsonValue } from './go-json.ts';
import { jsonName, plainNameChars } from './go-quote.ts';
import { writeTime } from './go-time.ts';
import { encodeBase64 } from './json-object.ts';
import { Latin1Writer } from './latin1-writer.ts';
import type { Node } from './node.ts';
import { isUtf8 } from './utf8-rune.ts';

const bytesOf = (text: ByteString): Uint8Array => Buffer.from(text, 'latin1');
const nameStart = bytesOf('{"name":"');
const atimeStart = bytesOf('","atime":"');
const ctimeStart = bytesOf('","ctime":"');
const inodeStart = bytesOf(',"inode":');
const sizeStart = bytesOf(',"size":');
const linksStart = bytesOf(',"links":');
const contentStart = bytesOf('"content":[');
const noContent = bytesOf('"content":null');
const COMMA = 0x2c;
const QUOTE = 0x22;

const out = new Latin1Writer();

/** The node's JSON: `nodeHead` and `nodeTail`. */
export function encodeNode(node: Node): ByteString {
  out.start();
  writeHead(node);
  writeTail(node);
  return out.finish();
}

/** The JSON from `{` through linktarget (or linktarget_raw), with a comma at its end. */
export function nodeHead(node: Node): ByteString {
  out.start();
  writeHead(node);
  return out.finish();
}

/** The JSON from extended_attributes through `}`. */
export function nodeTail(node: Node): ByteString {
  out.start();
  writeTail(node);
  return out.finish();
}

function writeHead(node: Node): void {
  const { name, inode, size, links, linktarget } = node;
  out.raw(nameStart);
  if (!out.textOf(name, plainNameChars)) out.text(jsonName(name).slice(1, -1));
  out.raw(kindPiece(node));
  writeTimes(node);
  out.raw(ownerPiece(node));
  if (inode) {
    out.raw(inodeStart);
    writeInteger(inode);
  }
  out.raw(deviceIdPiece(node.deviceId));
  if (size) {
    out.raw(sizeStart);
    out.integer(size);
  }
  if (links) {
    out.raw(linksStart);
    out.integer(links);
  }
  out.char(COMMA);
  if (linktarget) out.text(linkFields(linktarget));
}

/** From the value of mtime to the value of ctime; atime mostly is mtime again. */
function writeTimes({ mtimeNs, atimeNs, ctimeNs }: Node): void {
  const from = out.position;
  writeTime(out, mtimeNs);
  const to = out.position;
  out.raw(atimeStart);
  if (atimeNs === mtimeNs) out.repeat(from, to);
  else writeTime(out, atimeNs);
  out.raw(ctimeStart);
  if (ctimeNs === mtimeNs) out.repeat(from, to);
  else writeTime(out, ctimeNs);
}

function writeTail(node: Node): void {
  if (node.xattrs && node.xattrs.length > 0) out.text(xattrsField(node.xattrs));
  if (node.genericAttributes) out.text(genericField(node.genericAttributes));
  if (node.device) out.text(`"device":${node.device},`);
  writeContent(node.content);
  if (node.subtree !== undefined) out.text(`,"subtree":"${node.subtree}"`);
  if (node.error) out.text(`,"error":${jsonString(node.error)}`);
  out.char(0x7d);
}

function writeContent(content: Node['content']): void {
  if (content === null) {
    out.raw(noContent);
    return;
  }
  out.raw(contentStart);
  for (let i = 0; i < content.length; i++) {
    if (i > 0) out.char(COMMA);
    out.char(QUOTE);
    out.text(content[i]!);
    out.char(QUOTE);
  }
  out.char(0x5d);
}

/** By way of a number where that is exact, which is faster. */
function writeInteger(value: bigint): void {
  const number = Number(value);
  if (Number.isSafeInteger(number)) out.integer(number);
  else out.text(String(value));
}

let kindType: Node['type'] | undefined;
let kindMode: number | undefined;
let kind: Uint8Array = Buffer.of();

/** Type and mode, up to the value of mtime: a few combinations make up a backup. */
function kindPiece({ type, mode }: Node): Uint8Array {
  if (type === kindType && mode === kindMode) return kind;
  kindType = type;
  kindMode = mode;
  kind = bytesOf(`","type":"${type}"${mode === 0 ? '' : `,"mode":${mode}`},"mtime":"`);
  return kind;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly user?: ByteString | undefined;
  readonly group?: ByteString | undefined;
}
let lastOwner: Owner = { uid: -1, gid: -1 };
let owner: Uint8Array = Buffer.of();

/** Ids and names of user and group, from the quote after ctime: mostly those of the node before. */
function ownerPiece({ uid, gid, user, group }: Node): Uint8Array {
  const last = lastOwner;
  if (last.uid === uid && last.gid === gid && last.user === user && last.group === group) return owner;
  lastOwner = { uid, gid, user, group };
  const userField = user ? `,"user":${jsonString(user)}` : '';
  const groupField = group ? `,"group":${jsonString(group)}` : '';
  owner = bytesOf(`","uid":${uid},"gid":${gid}${userField}${groupField}`);
  return owner;
}

let lastDeviceId: bigint | undefined;
let deviceId: Uint8Array = Buffer.of();

function deviceIdPiece(id: bigint | undefined): Uint8Array {
  if (id === lastDeviceId) return deviceId;
  lastDeviceId = id;
  deviceId = bytesOf(id ? `,"device_id":${id}` : '');
  return deviceId;
}

/** JSON cannot hold invalid UTF-8: then the bytes follow in base64 (restic since 0.16). */
function linkFields(target: ByteString): ByteString {
  const field = `"linktarget":${jsonString(target)},`;
  return isUtf8(target) ? field : `${field}"linktarget_raw":"${encodeBase64(Buffer.from(target, 'latin1'))}",`;
}

function xattrsField(xattrs: NonNullable<Node['xattrs']>): ByteString {
  const items = xattrs.map(({ name, value }) => `{"name":${jsonString(name)},"value":"${encodeBase64(value)}"}`);
  return `"extended_attributes":[${items.join(',')}],`;
}

/** Go writes maps in the order of their keys' bytes. */
function genericField(attributes: Record<string, unknown>): ByteString {
  const keys = new Map(Object.keys(attributes).map((key) => [fromUtf8(key), key]));
  const items = [...keys.keys()]
    .sort()
    .map((bytes) => `${jsonString(bytes)}:${jsonValue(attributes[keys.get(bytes)!])}`);
  return items.length === 0 ? '' : `"generic_attributes":{${items.join(',')}},`;
}
