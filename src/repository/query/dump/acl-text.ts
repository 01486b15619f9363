/** Linux ACLs, as the kernel's extended attributes hold them, in the text form that archives use (acl(5)). */
import type { ByteString } from '../../../base/byte-string.ts';

const version = 2;
const tags: ReadonlyMap<number, string> = new Map([
  [0x01, 'user:'],
  [0x02, 'user:#'],
  [0x04, 'group:'],
  [0x08, 'group:#'],
  [0x10, 'mask:'],
  [0x20, 'other:'],
]);

/** One entry a line, users and groups as numbers; undefined for what is no ACL of the known form. */
export function aclText(value: Uint8Array): ByteString | undefined {
  if (value.length < 4 || (value.length - 4) % 8 !== 0) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  if (view.getUint32(0, true) !== version) return undefined;
  let text = '';
  for (let at = 4; at < value.length; at += 8) {
    const tag = tags.get(view.getUint16(at, true));
    if (tag === undefined) return undefined;
    const permissions = view.getUint16(at + 2, true);
    const who = tag.replace('#', String(view.getUint32(at + 4, true)));
    text += `${who}:${permissions & 4 ? 'r' : '-'}${permissions & 2 ? 'w' : '-'}${permissions & 1 ? 'x' : '-'}\n`;
  }
  return text;
}
