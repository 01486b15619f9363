import { describe, expect, it } from 'vitest';
import { findOverdue, type OverdueFacts } from '../../../../src/agent/schedule/overdue.ts';
import type { Trigger } from '../../../../src/config/trigger.ts';

const createdAt = '2026-11-02T12:00:00.000Z'; // a Monday
const base = { trigger: { kind: 'interval', minutes: 60 }, overdueIntervals: 3, createdAt } as const;
const overdue = (plan: Partial<OverdueFacts['plan']>, now: string, lastGoodAt?: string) =>
  findOverdue({
    plan: { ...base, ...plan },
    now: new Date(now),
    lastGoodAt: lastGoodAt === undefined ? undefined : new Date(lastGoodAt),
  });

describe('overdue', () => {
  it('after so many intervals without a good backup, not before', () => {
    expect(overdue({}, '2026-11-03T11:59:59Z', '2026-11-03T09:00:00Z')).toBeUndefined();
    expect(overdue({}, '2026-11-03T12:00:00Z', '2026-11-03T09:00:00Z')).toEqual({
      since: new Date('2026-11-03T10:00:00Z'),
      intervals: 3,
    });
  });

  it('counts from when the plan was made if there was none yet', () => {
    expect(overdue({}, '2026-11-02T14:59:00Z')).toBeUndefined();
    expect(overdue({}, '2026-11-02T17:30:00Z')).toMatchObject({ intervals: 5 });
  });

  it.each<[string, Trigger, number]>([
    ['weekends are part of "Monday to Friday"', { kind: 'cron', expression: '0 18 * * 1-5', timeZone: 'UTC' }, 72],
    ['a day', { kind: 'cron', expression: '30 2 * * *' }, 24],
    ['full scans', { kind: 'continuous', quietSeconds: 30, atLeastEveryMinutes: 15, fullScanHours: 12 }, 12],
  ])('%s', (_, trigger, hours) => {
    const at = (number: number) => new Date(Date.parse(createdAt) + number * 3_600_000).toISOString();
    expect(overdue({ trigger }, at(hours * 3 - 0.1), createdAt)).toBeUndefined();
    expect(overdue({ trigger }, at(hours * 3 + 0.1), createdAt)).toMatchObject({ intervals: 3 });
  });

  it('never for a manual plan, nor while it is paused', () => {
    expect(overdue({ trigger: { kind: 'manual' } }, '2036-01-01T00:00:00Z')).toBeUndefined();
    const paused = { since: createdAt, until: '2026-11-20T06:00:00.000Z' };
    expect(overdue({ paused }, '2026-11-20T05:59:00Z')).toBeUndefined();
    expect(overdue({ paused }, '2026-11-20T06:00:00Z')).toBeDefined();
    expect(overdue({ paused: {} }, '2036-01-01T00:00:00Z')).toBeUndefined();
  });

  it('not by a clock that was set back', () => {
    expect(overdue({}, '2025-11-02T12:00:00Z', '2026-11-02T12:00:00Z')).toBeUndefined();
  });
});
