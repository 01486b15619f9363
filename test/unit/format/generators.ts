/** Random values of the format, for the property tests of this folder. */
import fc from 'fast-check';
import { isHoldfastError } from '../../../src/base/errors.ts';
import type { Node } from '../../../src/format/tree.ts';

/** Byte strings of any bytes, weighted towards UTF-8 texts and what needs escaping. */
export const byteString = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Buffer.from(text, 'utf8').toString('latin1')),
  fc.string({ unit: fc.constantFrom(...'ab"\\<>&\n\t\x7f\x00\xa0\xff\xe2\x80\xa8'), maxLength: 12 }),
);

export const fileName = byteString.filter((s) => s !== '' && s !== '.' && s !== '..' && !/[/\0]/.test(s));

export const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const u32 = fc.nat(0xffffffff);
const u64 = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
const timeNs = fc.bigInt({ min: -62_000_000_000n * 10n ** 9n, max: 253_000_000_000n * 10n ** 9n });
/** JSON cannot carry other bytes in these fields. */
const utf8 = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 10 })
  .map((text) => Buffer.from(text, 'utf8').toString('latin1'));

export const node: fc.Arbitrary<Node> = fc
  .record(
    {
      name: fileName,
      type: fc.constantFrom('file' as const, 'dir' as const, 'symlink' as const, 'fifo' as const, 'chardev' as const),
      mode: u32,
      mtimeNs: timeNs,
      atimeNs: timeNs,
      ctimeNs: timeNs,
      uid: u32,
      gid: u32,
      content: fc.oneof(fc.constant(null), fc.array(id, { maxLength: 3 })),
      user: utf8,
      group: utf8,
      inode: u64,
      deviceId: u64,
      size: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      links: fc.integer({ min: 1, max: 2 ** 40 }),
      linktarget: byteString.filter((s) => s !== ''),
      xattrs: fc.array(fc.record({ name: utf8, value: fc.uint8Array({ maxLength: 9 }).map((b) => Buffer.from(b)) }), {
        minLength: 1,
        maxLength: 3,
      }),
      genericAttributes: fc.constantFrom(
        { 'windows.creation_time': 'AIDV', 'windows.file_attributes': 32 },
        { 'windows.file_attributes': 17 },
      ),
      device: u64,
      subtree: id,
      error: utf8,
    },
    { requiredKeys: ['name', 'type', 'mode', 'mtimeNs', 'atimeNs', 'ctimeNs', 'uid', 'gid', 'content', 'subtree'] },
  )
  .map(({ subtree, ...rest }) => (rest.type === 'dir' ? { ...rest, subtree } : rest));

/** Sorted, no name twice. */
export const nodes = fc
  .uniqueArray(node, { selector: (item) => item.name, maxLength: 8 })
  .map((list) => list.sort((a, b) => (a.name < b.name ? -1 : 1)));

/** Bytes that are no file of the format: noise, any JSON, and sound JSON with a byte changed. */
export function garbage(sound: Uint8Array): fc.Arbitrary<Uint8Array> {
  const mutated = fc.tuple(fc.nat(sound.length - 1), fc.nat(255), fc.nat(sound.length)).map(([at, byte, length]) => {
    const copy = Buffer.from(sound);
    copy[at] = byte;
    return length % 3 === 0 ? copy.subarray(0, length) : copy;
  });
  const json = fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text));
  const keys = fc.constantFrom(...Object.keys(JSON.parse(Buffer.from(sound).toString('utf8')) as object));
  const fields = fc
    .dictionary(keys, fc.jsonValue(), { maxKeys: 6 })
    .map((object) => Buffer.from(JSON.stringify(object)));
  return fc.oneof(fc.uint8Array({ maxLength: 200 }), json, fields, mutated);
}

/** What a parser did with some bytes: it may take them or refuse them as damaged, never anything else. */
export function outcome(parse: () => unknown): 'taken' | 'refused' {
  try {
    parse();
    return 'taken';
  } catch (error) {
    if (isHoldfastError(error, 'corrupt', 'unsupported')) return 'refused';
    throw error;
  }
}
