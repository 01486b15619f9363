import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PackedBlob } from '../../../../src/format/pack-header.ts';
import { packSegments } from '../../../../src/repository/check/pack-segments.ts';
import { parseReadSubset, selectPacks } from '../../../../src/repository/check/read-subset.ts';
import { codeOf } from '../test-repository.ts';

const blobAt = (offset: number, length: number): PackedBlob => ({ type: 'data', id: '0'.repeat(64), offset, length });

describe('packSegments', () => {
  it('covers the whole pack without gaps, each sound blob once and whole', () => {
    const layout = fc.record({
      blobs: fc.array(fc.record({ gap: fc.nat(40), length: fc.integer({ min: 33, max: 300 }) }), { maxLength: 30 }),
      tail: fc.nat(200),
    });
    fc.assert(
      fc.property(layout, ({ blobs, tail }) => {
        let end = 0;
        const placed = blobs.map(({ gap, length }) => {
          const blob = blobAt(end + gap, length);
          end = blob.offset + length;
          return blob;
        });
        const { segments, apart, outside } = packSegments(placed, end + tail, { maxBytes: 128, targetBytes: 100 });
        expect(segments.reduce((at, { offset, length }) => (offset === at ? at + length : -1), 0)).toBe(end + tail);
        expect(segments.flatMap((segment) => segment.blobs)).toEqual(placed);
        for (const segment of segments) {
          for (const { offset, length } of segment.blobs) {
            expect(offset).toBeGreaterThanOrEqual(segment.offset);
            expect(offset + length).toBeLessThanOrEqual(segment.offset + segment.length);
          }
          if (segment.length > 100) expect(segment.blobs).toHaveLength(1);
        }
        expect([...apart, ...outside]).toEqual([]);
      }),
    );
  });

  it('sets overlapping blobs and blobs beyond the end apart', () => {
    const [first, overlapping, beyond] = [blobAt(0, 100), blobAt(50, 100), blobAt(150, 100)];
    const { segments, apart, outside } = packSegments([first, overlapping, beyond], 200, { maxBytes: 1000 });
    expect(segments).toEqual([{ offset: 0, length: 200, blobs: [first] }]);
    expect(apart).toEqual([overlapping]);
    expect(outside).toEqual([beyond]);
  });
});

describe('read subsets', () => {
  const packs = Array.from({ length: 100 }, (_, number) => ({
    packId: number.toString(16).padStart(2, '0').padEnd(64, 'f'),
    sizeBytes: 10,
  }));

  it('parts together read each pack once', () => {
    const parts = [1, 2, 3].flatMap((part) => selectPacks(packs, { kind: 'part', part, of: 3 }));
    expect(parts.map(({ packId }) => packId).sort()).toEqual(packs.map(({ packId }) => packId));
  });

  it('takes shares by count, at least one, none twice', () => {
    expect(new Set(selectPacks(packs, { kind: 'percent', percent: 25 })).size).toBe(25);
    expect(selectPacks(packs, { kind: 'percent', percent: 0.1 })).toHaveLength(1);
    expect(selectPacks(packs, { kind: 'bytes', bytes: 300 })).toHaveLength(30);
    expect(selectPacks(packs, { kind: 'bytes', bytes: 1e9 })).toHaveLength(100);
    expect(selectPacks([], { kind: 'bytes', bytes: 5 })).toEqual([]);
  });

  it('reads what users write', async () => {
    expect(parseReadSubset('2/7')).toEqual({ kind: 'part', part: 2, of: 7 });
    expect(parseReadSubset('2.5%')).toEqual({ kind: 'percent', percent: 2.5 });
    expect(parseReadSubset('10G')).toBeUndefined();
    for (const bad of ['0/5', '6/5', '1/257', '0%', '101%', '%', 'x%']) {
      expect(await codeOf(() => parseReadSubset(bad)), bad).toBe('invalid-input');
    }
  });
});
