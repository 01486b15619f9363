/**
 * Writes tar archives: ustar headers, and pax records for what they cannot hold, so that names, owners, links, extended
 * attributes, ACLs and nanosecond times come out as they were backed up.
 *
 * Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header". `SCHILY.xattr.` and `SCHILY.acl.` are
 * what GNU tar, bsdtar and restic's own archives use.
 */
import type { ByteString } from '../../../base/byte-string.ts';
import { HoldfastError } from '../../../base/errors.ts';
import { unixMode } from '../../../format/file-mode.ts';
import type { Node, Xattr } from '../../../format/tree.ts';
import { aclText } from './acl-text.ts';
import type { ArchiveEntry } from './archive-entries.ts';

const blockBytes = 512;
const maxOctal7 = 0o7777777;
const maxOctal11 = 0o77777777777;
const billion = 1_000_000_000n;

/** The archive's bytes. */
export async function* tarArchive(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Uint8Array, void> {
  for await (const { path, node, sizeBytes, content } of entries) {
    yield tarHeader(path, node, sizeBytes);
    let written = 0;
    for await (const bytes of content) {
      written += bytes.length;
      yield bytes;
    }
    if (written !== sizeBytes) {
      throw new HoldfastError('internal', `The file has ${written} bytes where the index says ${sizeBytes}.`);
    }
    const rest = written % blockBytes;
    if (rest > 0) yield new Uint8Array(blockBytes - rest);
  }
  yield new Uint8Array(2 * blockBytes);
}

/** What stands in front of an entry's content: its header, after one with pax records where those are needed. */
export function tarHeader(path: ByteString, node: Node, sizeBytes: number): Uint8Array {
  const records: [key: ByteString, value: ByteString][] = [];
  const fits = (key: string, value: ByteString, maxBytes: number): ByteString => {
    if (value.length > maxBytes) records.push([key, value]);
    return value.slice(0, maxBytes);
  };
  const number = (key: string, value: number, max: number): number => {
    if (value > max) records.push([key, String(value)]);
    return value > max ? 0 : value;
  };
  const name = node.type === 'dir' ? `${path}/` : path;
  const split = splitName(name);
  if (split === undefined) records.push(['path', name]);
  const [prefix, short] = split ?? ['', name.slice(0, 100)];
  const header: Header = {
    name: short,
    prefix,
    mode: unixMode(node.mode) & 0o7777,
    uid: number('uid', node.uid, maxOctal7),
    gid: number('gid', node.gid, maxOctal7),
    size: number('size', sizeBytes, maxOctal11),
    mtime: headerTime(node.mtimeNs, records),
    type: node.type === 'dir' ? '5' : node.type === 'symlink' ? '2' : '0',
    linkname: fits('linkpath', node.type === 'symlink' ? (node.linktarget ?? '') : '', 100),
    uname: fits('uname', node.user ?? '', 32),
    gname: fits('gname', node.group ?? '', 32),
  };
  for (const xattr of node.xattrs ?? []) addXattr(records, xattr);
  if (records.length === 0) return block(header);
  return Buffer.concat([paxRecords(records, short), block(header)]);
}

interface Header {
  readonly name: ByteString;
  readonly prefix: ByteString;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Seconds. */
  readonly mtime: number;
  readonly type: '0' | '2' | '5' | 'x';
  readonly linkname: ByteString;
  readonly uname: ByteString;
  readonly gname: ByteString;
}

function block(header: Header): Uint8Array {
  const bytes = Buffer.alloc(blockBytes);
  const text = (value: ByteString, at: number): void => void bytes.write(value, at, 'latin1');
  const octal = (value: number, at: number, digits: number): void => text(value.toString(8).padStart(digits, '0'), at);
  text(header.name, 0);
  octal(header.mode, 100, 7);
  octal(header.uid, 108, 7);
  octal(header.gid, 116, 7);
  octal(header.size, 124, 11);
  octal(header.mtime, 136, 11);
  text('        ', 148); // the checksum counts itself as spaces
  text(header.type, 156);
  text(header.linkname, 157);
  text('ustar\x0000', 257);
  text(header.uname, 265);
  text(header.gname, 297);
  octal(0, 329, 7);
  octal(0, 337, 7);
  text(header.prefix, 345);
  let sum = 0;
  for (let at = 0; at < blockBytes; at++) sum += bytes[at]!;
  text(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

/** A name of up to 255 bytes as prefix and name, where a slash is at the right place. */
function splitName(name: ByteString): readonly [prefix: ByteString, name: ByteString] | undefined {
  if (name.length <= 100) return ['', name];
  const slash = name.lastIndexOf('/', Math.min(155, name.length - 2));
  if (slash <= 0 || name.length - slash - 1 > 100) return undefined;
  return [name.slice(0, slash), name.slice(slash + 1)];
}

/** Whole seconds; a record where the header cannot hold the time exactly. */
function headerTime(ns: bigint, records: [ByteString, ByteString][]): number {
  const nanos = ((ns % billion) + billion) % billion;
  const seconds = Number((ns - nanos) / billion);
  const fits = seconds >= 0 && seconds <= maxOctal11;
  if (nanos !== 0n || !fits) records.push(['mtime', decimalTime(ns)]);
  return fits ? seconds : 0;
}

function decimalTime(ns: bigint): string {
  const size = ns < 0n ? -ns : ns;
  const fraction = String(size % billion)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${ns < 0n ? '-' : ''}${size / billion}${fraction === '' ? '' : `.${fraction}`}`;
}

function addXattr(records: [ByteString, ByteString][], { name, value }: Xattr): void {
  const acl = aclKeys[name];
  if (acl !== undefined) {
    const text = aclText(value);
    if (text !== undefined) records.push([acl, text]);
    return;
  }
  // A "=" would end the key; GNU tar writes and reads it so.
  const key = name.replaceAll('%', '%25').replaceAll('=', '%3D');
  records.push([`SCHILY.xattr.${key}`, Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')]);
}

const aclKeys: Readonly<Record<string, string>> = {
  'system.posix_acl_access': 'SCHILY.acl.access',
  'system.posix_acl_default': 'SCHILY.acl.default',
};

function paxRecords(records: readonly (readonly [ByteString, ByteString])[], name: ByteString): Uint8Array {
  const body = records.map(([key, value]) => paxRecord(key, value)).join('');
  const header = block({
    name: `PaxHeaders.0/${name.replace(/\/$/, '').split('/').at(-1) ?? ''}`.slice(0, 100),
    prefix: '',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime: 0,
    type: 'x',
    linkname: '',
    uname: '',
    gname: '',
  });
  const padding = (blockBytes - (body.length % blockBytes)) % blockBytes;
  return Buffer.concat([header, Buffer.from(body, 'latin1'), new Uint8Array(padding)]);
}

/** "<length> <key>=<value>\n", where the length counts its own digits. */
function paxRecord(key: ByteString, value: ByteString): ByteString {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}
