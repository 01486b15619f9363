import { describe, expect, it } from 'vitest';
import { politely, poll } from '../../../../src/remote/http/polling.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { PassingClock } from '../../../support/passing-clock.ts';

const signal = new AbortController().signal;

describe('polling', () => {
  it('asks often at first, then every half minute', async () => {
    const clock = new PassingClock();
    let asked = 0;
    const until = async () => (++asked === 80 ? 'done' : undefined);
    expect(await poll({ until, random: () => 0.5, waitingFor: 'it', clock, signal })).toBe('done');
    expect(clock.slept[0]).toBe(1000);
    expect(Math.max(...clock.slept)).toBe(30_000);
    expect(clock.slept.at(-1)).toBe(30_000);
    expect(clock.slept).toEqual([...clock.slept].sort((a, b) => a - b));
    expect(politely(() => 0)(0)).toBe(800);
  });

  it('asks once more when the time is over, then gives up', async () => {
    const clock = new PassingClock();
    const asked: number[] = [];
    const until = async () => void asked.push(clock.monotonicMs());
    const polled = poll({
      until,
      every: () => 4000,
      random: Math.random,
      timeoutMs: 10_000,
      waitingFor: 'it',
      clock,
      signal,
    });
    await expect(polled).rejects.toMatchObject({ code: 'timeout', message: 'Waited 10 s for it, in vain.' });
    expect(asked).toEqual([0, 4000, 8000, 10_000]);
  });

  it('can be cancelled', async () => {
    const cancel = new AbortController();
    const clock = new FakeClock();
    const polled = poll({
      until: async () => undefined,
      random: () => 0,
      waitingFor: 'it',
      clock,
      signal: cancel.signal,
    });
    await clock.advance(100);
    cancel.abort(new Error('enough'));
    await expect(polled).rejects.toThrow('enough');
  });
});
