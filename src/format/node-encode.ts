/**
 * Nodes as tree JSON, byte for byte as restic writes them: the head (all that stat, readlink and the user tables give)
 * and the tail (what takes more work: extended attributes, content, subtree).
 *
 * This runs once for every file of every backup: small caches keep what neighbours share.
 */
import type { ByteString } from '../base/byte-string.ts';
import { jsonString, jsonText, jsonValue } from './go-json.ts';
import { jsonName } from './go-quote.ts';
import { formatTime } from './go-time.ts';
import { encodeBase64 } from './json-object.ts';
import type { Node } from './node.ts';
import { isUtf8 } from './utf8-rune.ts';

/** The node's JSON: `nodeHead` and `nodeTail`. */
export function encodeNode(node: Node): ByteString {
  return nodeHead(node) + nodeTail(node);
}

/** The JSON from `{` through linktarget (or linktarget_raw), with a comma at its end. */
export function nodeHead(node: Node): ByteString {
  let head = `{"name":${jsonName(node.name)},"type":"${node.type}",`;
  if (node.mode !== 0) head += `"mode":${node.mode},`;
  head += `"mtime":"${formatTime(node.mtimeNs)}","atime":"${formatTime(node.atimeNs)}","ctime":"${formatTime(node.ctimeNs)}",`;
  head += `"uid":${node.uid},"gid":${node.gid},`;
  if (node.user) head += `"user":${jsonString(node.user)},`;
  if (node.group) head += `"group":${jsonString(node.group)},`;
  if (node.inode) head += `"inode":${node.inode},`;
  if (node.deviceId) head += `"device_id":${node.deviceId},`;
  if (node.size) head += `"size":${node.size},`;
  if (node.links) head += `"links":${node.links},`;
  return node.linktarget ? head + linkFields(node.linktarget) : head;
}

/** The JSON from extended_attributes through `}`. */
export function nodeTail(node: Node): ByteString {
  let tail = '';
  if (node.xattrs && node.xattrs.length > 0) tail += xattrsField(node.xattrs);
  if (node.genericAttributes) tail += genericField(node.genericAttributes);
  if (node.device) tail += `"device":${node.device},`;
  tail += contentField(node.content);
  if (node.subtree !== undefined) tail += `,"subtree":"${node.subtree}"`;
  if (node.error) tail += `,"error":${jsonString(node.error)}`;
  return `${tail}}`;
}

function contentField(content: Node['content']): string {
  if (content === null) return '"content":null';
  return content.length === 0 ? '"content":[]' : `"content":["${content.join('","')}"]`;
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
  const items = Object.entries(attributes).map(([name, value]) => `${jsonText(name)}:${jsonValue(value)}`);
  return items.length === 0 ? '' : `"generic_attributes":{${items.sort().join(',')}},`;
}
