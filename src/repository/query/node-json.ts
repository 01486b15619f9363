/**
 * Nodes as restic's `ls --json` and `find --json` show them, as the bytes of one JSON object: exact for 64-bit numbers, and
 * with U+FFFD for each byte of a name that is no UTF-8.
 */
import type { ByteString } from '../../base/byte-string.ts';
import { jsonString } from '../../format/go-json.ts';
import { formatTime } from '../../format/go-time.ts';
import { type Node, nodeHead } from '../../format/tree.ts';
import { modeText } from './mode-text.ts';

/** A line of `ls` (restic ≥ 0.17 cmd_ls.go; files have a size even where it is 0). */
export function listedJson(path: ByteString, node: Node): ByteString {
  const fields = [
    `"name":${jsonString(node.name)},"type":"${node.type}","path":${jsonString(path)},"uid":${node.uid},"gid":${node.gid}`,
    node.type === 'file' ? `"size":${node.size ?? 0}` : '',
    node.mode === 0 ? '' : `"mode":${node.mode}`,
    `"permissions":"${modeText(node.mode)}","mtime":"${formatTime(node.mtimeNs)}"`,
    `"atime":"${formatTime(node.atimeNs)}","ctime":"${formatTime(node.ctimeNs)}"`,
    node.inode === undefined || node.inode === 0n ? '' : `"inode":${node.inode}`,
    '"message_type":"node","struct_type":"node"',
  ];
  return `{${fields.filter((field) => field !== '').join(',')}}`;
}

/** A match of `find` (restic cmd_find.go): the node without its name, content, subtree and attributes. */
export function foundJson(path: ByteString, node: Node): ByteString {
  const head = nodeHead(node);
  const rest = head.slice(head.indexOf('","type":"') + 2, -1);
  const error = node.error === undefined ? '' : `,"error":${jsonString(node.error)}`;
  return `{"path":${jsonString(path)},"permissions":"${modeText(node.mode)}",${rest}${error}}`;
}

/** A path as a JSON string. */
export function pathJson(path: ByteString): ByteString {
  return jsonString(path);
}
