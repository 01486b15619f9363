import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange, slice } from '../../../src/server/byte-range.ts';

describe('parseRange', () => {
  it.each([
    [undefined, undefined],
    ['bytes=0-', { start: 0, end: 100 }],
    ['bytes=10-19', { start: 10, end: 20 }],
    ['bytes=90-1000', { start: 90, end: 100 }],
    ['bytes=-10', { start: 90, end: 100 }],
    ['bytes=-1000', { start: 0, end: 100 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=20-10', undefined],
    ['bytes=0-1,5-6', undefined],
    ['lines=0-1', undefined],
    ['bytes=-', undefined],
    ['bytes=a-b', undefined],
  ])('reads %j of 100 bytes', (header, expected) => {
    expect(parseRange(header, 100)).toEqual(expected);
  });
});

describe('slice', () => {
  it('gives the same bytes as a slice of the whole, however it is cut', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.nat(220), fc.nat(220), async (parts, offset, length) => {
        const whole = Buffer.concat(parts);
        async function* stream() {
          yield* parts;
        }
        const got: Uint8Array[] = [];
        for await (const piece of slice(stream(), offset, length)) got.push(piece);
        expect(Buffer.concat(got)).toEqual(whole.subarray(offset, offset + length));
      }),
    );
  });

  it('reads no more than it needs', async () => {
    let read = 0;
    let closed = false;
    async function* stream() {
      try {
        for (;;) {
          read++;
          yield new Uint8Array(10);
        }
      } finally {
        closed = true;
      }
    }
    for await (const _ of slice(stream(), 5, 10));
    expect([read, closed]).toEqual([2, true]);
  });
});
