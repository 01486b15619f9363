import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../../src/server/dialects/stacks/rate-limit.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const minuteMs = 60_000;

describe('RateLimit', () => {
  it('counts down for each token by itself, and lets an hour pass', async () => {
    const clock = new FakeClock();
    const limit = new RateLimit(clock);
    expect([1, 2, 3].map(() => limit.take('a', 2))).toEqual([1, 0, -1]);
    expect(limit.take('b', 2)).toBe(1);
    await clock.advance(59 * minuteMs);
    expect(limit.take('a', 2)).toBe(-1);
    await clock.advance(2 * minuteMs);
    expect(limit.take('a', 2)).toBe(1);
  });

  it('lets through no more than the limit within any hour, and as many where they are asked for', async () => {
    const steps = fc.array(fc.record({ waitMinutes: fc.nat(40), requests: fc.nat(6) }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 8 }), async (all, most) => {
        const clock = new FakeClock();
        const limit = new RateLimit(clock);
        const passed: number[] = [];
        for (const { waitMinutes, requests } of all) {
          await clock.advance(waitMinutes * minuteMs);
          const now = clock.monotonicMs();
          for (let n = 0; n < requests; n++) {
            const within = passed.filter((at) => at > now - 60 * minuteMs).length;
            const left = limit.take('token', most);
            expect(left).toBe(within < most ? most - within - 1 : -1);
            if (left >= 0) passed.push(now);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
