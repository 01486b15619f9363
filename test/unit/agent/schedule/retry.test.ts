import { describe, expect, it } from 'vitest';
import { countsAsRan, planRetry } from '../../../../src/agent/schedule/retry.ts';
import type { ErrorCode } from '../../../../src/base/errors.ts';
import { jobStates } from '../../../../src/jobs/job.ts';

const minuteMs = 60_000;
const retry = (
  code: ErrorCode,
  more: Partial<Parameters<typeof planRetry>[0]> & { retry?: 'never' | 'backoff' } = {},
) =>
  planRetry({
    error: { code, retry: more.retry ?? 'never' },
    failures: 1,
    intervalMs: Number.POSITIVE_INFINITY,
    random: () => 0,
    ...more,
  });
const minutes = (...args: Parameters<typeof retry>) => {
  const planned = retry(...args);
  return planned.kind === 'after' ? planned.delayMs / minuteMs : planned.kind;
};

describe('retry', () => {
  it.each(['network', 'timeout', 'locked', 'io'] as const)('%s backs off: 1, 5, 15, 60, 60 minutes', (code) => {
    expect([1, 2, 3, 4, 5, 50].map((failures) => minutes(code, { failures }))).toEqual([1, 5, 15, 60, 60, 60]);
  });

  it.each([
    'permission',
    'wrong-password',
    'invalid-input',
    'no-repository',
    'append-only',
    'corrupt',
    'unsupported',
  ] as const)('%s waits for a change, whatever the error says', (code) => {
    expect(minutes(code)).toBe('on-change');
    expect(minutes(code, { retry: 'backoff' })).toBe('on-change');
  });

  it('knows the others', () => {
    expect(minutes('no-space', { failures: 7 })).toBe(60);
    expect(minutes('source-missing')).toBe('when-ready');
    expect(minutes('cancelled')).toBe('never');
    expect(minutes('internal')).toBe('on-change');
    expect(minutes('not-found', { retry: 'backoff', failures: 2 })).toBe(5);
  });

  it('is never later than the interval, jitter and all', () => {
    const intervalMs = 10 * minuteMs;
    expect([1, 2, 3, 4].map((failures) => minutes('network', { failures, intervalMs }))).toEqual([1, 5, 10, 10]);
    expect(minutes('no-space', { intervalMs, random: () => 0.99 })).toBe(10);
  });

  it('spreads what failed together', () => {
    expect(minutes('network', { failures: 2, random: () => 0.5 })).toBe(5.5);
    expect(minutes('network', { failures: 2, random: () => 0.999 })).toBeLessThan(6.001);
  });

  it('counts as ran only what is done', () => {
    expect(jobStates.filter((state) => countsAsRan({ state }))).toEqual(['done']);
  });
});
