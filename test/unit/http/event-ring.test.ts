import { describe, expect, it } from 'vitest';
import { EventRing } from '../../../src/http/event-ring.ts';

const filled = (events: number, bytes: number, sizes: readonly number[]) => {
  const ring = new EventRing({ events, bytes });
  for (const [index, size] of sizes.entries()) ring.append(Buffer.alloc(size, String(index % 10)));
  return ring;
};

describe('the ring of events', () => {
  it('keeps the last events, up to a count', () => {
    const ring = filled(3, 1000, [1, 1, 1, 1, 1]);
    expect([ring.first, ring.next]).toEqual([3, 6]);
    expect(ring.read(3, 1000)).toEqual({ frames: [Buffer.from('2'), Buffer.from('3'), Buffer.from('4')], next: 6 });
  });

  it('keeps them up to a size, and the newest whatever its size is', () => {
    expect(filled(10, 10, [4, 4, 4]).first).toBe(2);
    const ring = filled(10, 10, [4, 4, 40]);
    expect([ring.first, ring.next]).toEqual([3, 4]);
    expect(filled(10, 10, [4, 40, 4, 4]).first).toBe(3);
  });

  it('is read in parts of about a size, one event at least', () => {
    const ring = filled(10, 1000, [5, 5, 5, 50]);
    expect(ring.read(1, 6)).toMatchObject({ next: 3 });
    expect(ring.read(4, 1)).toMatchObject({ next: 5 });
    expect(ring.read(5, 1)).toEqual({ frames: [], next: 5 });
  });
});
