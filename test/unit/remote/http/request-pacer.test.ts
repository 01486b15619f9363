import { describe, expect, it } from 'vitest';
import { RequestPacer } from '../../../../src/remote/http/request-pacer.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { PassingClock } from '../../../support/passing-clock.ts';

const signal = new AbortController().signal;

describe('the pacer', () => {
  const left = (limit: number, remaining: number, reset?: string) => ({
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    ...(reset === undefined ? {} : { 'x-ratelimit-reset': reset }),
  });

  it('gives requests that are made at once their turns', async () => {
    const clock = new FakeClock();
    const pacer = new RequestPacer(clock);
    pacer.heard(left(100, 5)); // one in 3 s
    const done: number[] = [];
    const turns = [1, 2, 3].map(async () => {
      await pacer.turn(signal);
      done.push(clock.monotonicMs());
    });
    await clock.advance(10_000);
    await Promise.all(turns);
    expect(done).toEqual([3_000, 6_000, 9_000]);
  });

  it.each([
    ['30', 30_000],
    [String(Date.parse('2026-03-01T12:00:20Z') / 1000), 20_000],
    ['999999', 300_000],
    ['nonsense', 60_000],
  ])('waits at 0 until the reset of %s', async (reset, ms) => {
    const clock = new PassingClock();
    const pacer = new RequestPacer(clock);
    pacer.heard(left(100, 0, reset));
    await pacer.turn(signal);
    expect(clock.slept).toEqual([ms]);
  });

  it('takes no notice of what makes no sense', async () => {
    const clock = new PassingClock();
    const pacer = new RequestPacer(clock);
    pacer.heard({ 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0' });
    pacer.heard({ 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '-1' });
    pacer.heard({ 'x-ratelimit-remaining': '0' });
    await pacer.turn(signal);
    expect(clock.slept).toEqual([]);
  });

  it('can be cancelled', async () => {
    const pacer = new RequestPacer(new FakeClock());
    pacer.heard(left(1, 0));
    const cancel = new AbortController();
    const turn = pacer.turn(cancel.signal);
    cancel.abort(new Error('enough'));
    await expect(turn).rejects.toThrow('enough');
  });
});
