import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapBounded } from '../../../src/base/concurrency.ts';

const never = new AbortController().signal;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

/** Lets what waits for nothing but turns go on. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

describe('mapBounded', () => {
  it('gives results in order, whatever order they come in', async () => {
    const results = await mapBounded(numbers(20), 7, never, async (item, index) => {
      await turns((item * 7) % 5);
      expect(index).toBe(item);
      return item * 2;
    });
    expect(results).toEqual(numbers(20).map((item) => item * 2));
  });

  it.each([1, 3, 50])('runs at most %i at once, and that many', async (limit) => {
    let running = 0;
    let most = 0;
    await mapBounded(numbers(30), limit, never, async () => {
      most = Math.max(most, ++running);
      await turns(3);
      running--;
    });
    expect(most).toBe(Math.min(limit, 30));
  });

  it('takes from a slow source one at a time, and closes it after a failure', async () => {
    let closed = false;
    let asked = 0;
    async function* slow(): AsyncGenerator<number> {
      try {
        for (const item of numbers(100)) {
          asked++;
          await turns(2);
          yield item;
        }
      } finally {
        closed = true;
      }
    }
    const run = mapBounded(slow(), 4, never, async (item) => {
      if (item === 5) throw new Error('five');
    });
    await expect(run).rejects.toThrow('five');
    expect(closed).toBe(true);
    expect(asked).toBeLessThan(15);
  });

  it('starts nothing after a failure, and waits for what runs', async () => {
    const started: number[] = [];
    let finished = 0;
    async function* source(): AsyncGenerator<number> {
      for (const item of numbers(10)) {
        await turns(3);
        yield item;
      }
    }
    const run = mapBounded(source(), 3, never, async (item) => {
      started.push(item);
      if (item === 1) throw new Error('one');
      await turns(20);
      finished++;
    });
    await expect(run).rejects.toThrow('one');
    expect(started).toEqual([0, 1]);
    expect(finished).toBe(1);
  });

  it('a cancel stops new work and gives the reason', async () => {
    const cancel = new AbortController();
    const started: number[] = [];
    const run = mapBounded(numbers(100), 2, cancel.signal, async (item) => {
      started.push(item);
      if (item === 3) cancel.abort(new Error('enough'));
      await turns(1);
    });
    await expect(run).rejects.toThrow('enough');
    expect(started.length).toBeLessThan(7);
    await expect(mapBounded([], 2, cancel.signal, async () => undefined)).rejects.toThrow('enough');
  });

  it('a source that fails is a failure', async () => {
    function* broken(): Generator<number> {
      yield 1;
      throw new Error('source');
    }
    await expect(mapBounded(broken(), 2, never, async () => undefined)).rejects.toThrow('source');
  });
});
