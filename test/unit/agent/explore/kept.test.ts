import { describe, expect, it } from 'vitest';
import { Kept } from '../../../../src/agent/explore/kept.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function keptOf(clock: FakeClock) {
  const dropped: string[] = [];
  const kept = new Kept<string>({ clock, most: 2, idleMs: 1000, drop: (value) => dropped.push(value) });
  return { kept, dropped };
}

describe('what is kept while someone looks at it', () => {
  it('goes when nobody asked for it for a while', async () => {
    const clock = new FakeClock();
    const { kept, dropped } = keptOf(clock);
    kept.put('a', 'A');
    await clock.advance(900);
    expect(kept.get('a')).toBe('A');
    await clock.advance(900);
    expect(kept.get('a')).toBe('A');
    await clock.advance(1001);
    expect(kept.get('a')).toBeUndefined();
    expect(dropped).toEqual(['A']);
  });

  it('the one that was asked for longest ago goes when there are too many', () => {
    const { kept, dropped } = keptOf(new FakeClock());
    kept.put('a', 'A');
    kept.put('b', 'B');
    kept.get('a');
    kept.put('c', 'C');
    expect(dropped).toEqual(['B']);
    expect(kept.size).toBe(2);
  });

  it('another one of the same name takes its place, and all can go at once', () => {
    const { kept, dropped } = keptOf(new FakeClock());
    kept.put('a', 'A');
    kept.put('a', 'A2');
    kept.remove('none');
    kept.clear();
    expect(dropped).toEqual(['A', 'A2']);
  });
});
