import { describe, expect, it } from 'vitest';
import { ProgressRate } from '../../../src/jobs/progress-rate.ts';

describe('ProgressRate', () => {
  it('says nothing before two seconds', () => {
    const rate = new ProgressRate();
    expect(rate.sample(0, { bytesDone: 0, bytesTotal: 100 })).toEqual({});
    expect(rate.sample(1999, { bytesDone: 50, bytesTotal: 100 })).toEqual({});
    expect(rate.sample(2000, { bytesDone: 50, bytesTotal: 100 })).toEqual({ bytesPerSecond: 25, secondsLeft: 2 });
  });

  it('follows the last half minute, not the whole run', () => {
    const rate = new ProgressRate();
    const bytesAfter = (second: number) => Math.min(second, 600) * 1000 + Math.max(0, second - 600) * 10;
    for (let second = 0; second <= 630; second++) rate.sample(second * 1000, { bytesDone: bytesAfter(second) });
    const last = rate.sample(631_000, { bytesDone: bytesAfter(631), bytesTotal: bytesAfter(631) + 100 });
    expect(last).toEqual({ bytesPerSecond: 10, secondsLeft: 10 });
  });

  it('takes files where the bytes have no end, and is silent about what stands still', () => {
    const rate = new ProgressRate();
    rate.sample(0, { filesDone: 0, filesTotal: 100 });
    expect(rate.sample(10_000, { filesDone: 20, filesTotal: 100 })).toEqual({ secondsLeft: 40 });
    for (let second = 11; second < 60; second++) rate.sample(second * 1000, { filesDone: 20, filesTotal: 100 });
    expect(rate.sample(60_000, { filesDone: 20, filesTotal: 100 })).toEqual({});
  });

  it('starts again with a new phase or a new count', () => {
    const rate = new ProgressRate();
    rate.sample(0, { phase: 'reading', bytesDone: 0 });
    rate.sample(10_000, { phase: 'reading', bytesDone: 1000 });
    expect(rate.sample(11_000, { phase: 'copying', bytesDone: 2000 })).toEqual({});
    expect(rate.sample(14_000, { phase: 'copying', bytesDone: 2030 })).toEqual({ bytesPerSecond: 10 });
    expect(rate.sample(15_000, { phase: 'copying', bytesDone: 5 })).toEqual({});
  });
});
