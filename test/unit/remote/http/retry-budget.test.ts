import { describe, expect, it } from 'vitest';
import { RetryBudget } from '../../../../src/remote/http/retry-budget.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

describe('a retry budget', () => {
  it('is bounded in tries, each wait by a cap that doubles', () => {
    const limits = { tries: 5, totalMs: 1e9, firstCapMs: 1000, lastCapMs: 3000 };
    const budget = new RetryBudget(limits, { clock: new FakeClock(), random: () => 1 });
    expect([1, 2, 3, 4, 5].map(() => budget.next())).toEqual([1000, 2000, 3000, 3000, undefined]);
    budget.reset();
    expect(budget.next(50_000)).toBe(51_000);
  });

  it('is bounded in time', async () => {
    const clock = new FakeClock();
    const limits = { tries: 99, totalMs: 10_000, firstCapMs: 1000, lastCapMs: 1000 };
    const budget = new RetryBudget(limits, { clock, random: () => 0.5 });
    expect(budget.next(9_600)).toBe(undefined);
    expect(budget.next(9_500)).toBe(10_000);
    await clock.advance(9_800);
    expect(budget.next()).toBe(undefined);
  });
});
