import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';

const never = new AbortController().signal;
const dayMs = 86_400_000;

describe('the fake clock', () => {
  it('wakes sleepers in order, each at its own time', async () => {
    const clock = new FakeClock('2026-01-01T00:00:00Z');
    const woken: string[] = [];
    const sleep = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms, never);
      woken.push(`${name} ${clock.monotonicMs()} ${clock.now().toISOString()}`);
    };
    void sleep('second', 2 * dayMs);
    void sleep('first', dayMs);
    void sleep('with first', dayMs);
    await clock.advance(dayMs - 1);
    expect(woken).toEqual([]);
    await clock.advance(1 + 2 * dayMs);
    expect(woken).toEqual([
      `first ${dayMs} 2026-01-02T00:00:00.000Z`,
      `with first ${dayMs} 2026-01-02T00:00:00.000Z`,
      `second ${2 * dayMs} 2026-01-03T00:00:00.000Z`,
    ]);
    expect(clock.now().toISOString()).toBe('2026-01-04T00:00:00.000Z');
  });

  it('runs a loop of sleeps as often as it fits', async () => {
    const clock = new FakeClock();
    let rounds = 0;
    void (async () => {
      for (;;) {
        await clock.sleep(10, never);
        rounds += 1;
      }
    })();
    await clock.advance(105);
    expect(rounds).toBe(10);
  });

  it('a cancelled sleep ends with the reason, and is forgotten', async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const slept = clock.sleep(10, abort.signal);
    expect(clock.sleeping).toBe(1);
    abort.abort(new Error('enough'));
    await expect(slept).rejects.toThrow('enough');
    await expect(clock.sleep(10, abort.signal)).rejects.toThrow('enough');
    expect(clock.sleeping).toBe(0);
  });

  it('the wall clock jumps alone', async () => {
    const clock = new FakeClock('2026-01-01T00:00:00Z');
    const slept = clock.sleep(10, never);
    clock.jumpWallClock(-dayMs);
    expect(clock.now().toISOString()).toBe('2025-12-31T00:00:00.000Z');
    expect(clock.monotonicMs()).toBe(0);
    expect(clock.sleeping).toBe(1);
    await clock.advance(10);
    await slept;
  });
});
