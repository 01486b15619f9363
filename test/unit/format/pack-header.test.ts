import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodePackHeader,
  encodePackHeader,
  MAX_HEADER_ENTRIES,
  type PackedBlob,
} from '../../../src/format/pack-header.ts';
import { id, outcome } from './generators.ts';

const blobs: fc.Arbitrary<PackedBlob[]> = fc
  .array(
    fc.record(
      {
        type: fc.constantFrom('data' as const, 'tree' as const),
        id,
        length: fc.integer({ min: 32, max: 2 ** 27 }),
        uncompressedLength: fc.integer({ min: 1, max: 0xffffffff }),
      },
      { requiredKeys: ['type', 'id', 'length'] },
    ),
    { maxLength: 10 },
  )
  .map((list) => {
    let offset = 0;
    return list.map((blob) => {
      const placed = { ...blob, offset };
      offset += blob.length;
      return placed;
    });
  });

const entry = (type: number, length: number, plain?: number): Buffer => {
  const numbers = Buffer.alloc(plain === undefined ? 5 : 9);
  numbers[0] = type;
  numbers.writeUInt32LE(length, 1);
  if (plain !== undefined) numbers.writeUInt32LE(plain, 5);
  return Buffer.concat([numbers, Buffer.alloc(32, 0xab)]);
};

describe('pack headers', () => {
  it('have the layout of the design document', () => {
    const header = encodePackHeader([
      { type: 'tree', id: 'ab'.repeat(32), offset: 0, length: 0x01020304 },
      { type: 'data', id: 'ab'.repeat(32), offset: 0x01020304, length: 33, uncompressedLength: 7 },
    ]);
    expect(Buffer.from(header)).toEqual(Buffer.concat([entry(1, 0x01020304), entry(2, 33, 7)]));
  });

  it('come back as they were written, with offsets', () => {
    fc.assert(
      fc.property(blobs, (list) => {
        expect(decodePackHeader(encodePackHeader(list))).toEqual(list);
      }),
    );
  });

  it('hold at most what restic accepts', () => {
    expect(MAX_HEADER_ENTRIES).toBe(409_199);
  });

  it.each([
    ['an unknown type', entry(4, 40)],
    ['a type byte alone', Buffer.of(0)],
    ['a cut entry', entry(0, 40).subarray(0, 36)],
    ['a cut compressed entry', entry(2, 40, 5).subarray(0, 40)],
    ['a blob without room for its MAC', entry(0, 31)],
    ['a blob of nothing, compressed', entry(3, 40, 0)],
    ['blobs beyond 4 GiB', Buffer.concat([entry(0, 0xffffffff), entry(0, 40)])],
    ['rubbish after the last entry', Buffer.concat([entry(0, 40), Buffer.of(1, 2, 3)])],
  ])('are refused with %s', (_what, header) => {
    expect(() => decodePackHeader(header)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });

  it('of any bytes are taken or refused', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void outcome(() => decodePackHeader(bytes))));
  });
});
