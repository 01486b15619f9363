import { describe, expect, it } from 'vitest';
import { parseTime } from '../../../../src/format/go-time.ts';
import {
  applyPolicy,
  type ForgetPolicy,
  isEmptyPolicy,
  parseCalendarDuration,
  policyText,
} from '../../../../src/repository/forget/policy.ts';
import { isoWeekOf, timeBefore, wallTimeOf } from '../../../../src/repository/forget/snapshot-time.ts';
import type { StoredSnapshot } from '../../../../src/repository/snapshots.ts';

const now = new Date('2024-06-30T12:00:00Z');

function at(time: string, tags: readonly string[] = []): StoredSnapshot {
  const id = Buffer.from(time.padEnd(32, '.')).toString('hex').slice(0, 64);
  return { id, snapshot: { time, tree: '0'.repeat(64), paths: ['/'], tags }, timeNs: parseTime(time) };
}

/** The times kept, newest first. */
function kept(times: readonly (string | StoredSnapshot)[], policy: ForgetPolicy): string[] {
  const list = times.map((time) => (typeof time === 'string' ? at(time) : time));
  return applyPolicy(list, policy, now).keep.map(({ snapshot }) => snapshot.snapshot.time);
}

const days = ['2024-06-01', '2024-06-02', '2024-06-03', '2024-06-04'].flatMap((day) => [
  `${day}T08:00:00Z`,
  `${day}T20:00:00Z`,
]);

describe('applyPolicy', () => {
  it('keeps the newest of each day, and the oldest of all while some are left', () => {
    expect(kept(days, { daily: 2 })).toEqual(['2024-06-04T20:00:00Z', '2024-06-03T20:00:00Z']);
    expect(kept(days, { daily: 5 }).at(-1)).toBe('2024-06-01T08:00:00Z');
    const { keep } = applyPolicy(
      days.map((time) => at(time)),
      { daily: 5 },
      now,
    );
    expect(keep.at(-1)?.reasons).toEqual(['oldest daily snapshot']);
  });

  it('keeps all by "unlimited", and none by 0', () => {
    expect(kept(days, { last: 'unlimited' })).toHaveLength(8);
    expect(kept(days, { last: 0, daily: 1 })).toHaveLength(1);
  });

  it('sorts days by the clock of the snapshot, not by UTC', () => {
    const sameDayThere = ['2024-06-10T00:30:00+05:30', '2024-06-10T23:00:00+05:30'];
    expect(kept(sameDayThere, { daily: 9 })).toHaveLength(2); // the second as the oldest
    expect(kept([...sameDayThere, '2024-06-01T00:00:00Z'], { daily: 9 })).not.toContain(sameDayThere[0]);
  });

  it('measures "within" from the newest snapshot, calendar-wise', () => {
    const monthly = ['2024-03-31T00:00:00Z', '2024-02-29T00:00:00Z', '2024-03-02T00:00:01Z', '2023-01-01T00:00:00Z'];
    const month = parseCalendarDuration('1m');
    // 31 March less a month is 31 February, which is 2 March.
    expect(kept(monthly, { within: month! })).toEqual(['2024-03-31T00:00:00Z', '2024-03-02T00:00:01Z']);
  });

  it('keeps by tags without counting', () => {
    const list = [
      at('2024-01-01T00:00:00Z', ['a', 'b']),
      at('2024-01-02T00:00:00Z', ['a']),
      at('2024-01-03T00:00:00Z'),
    ];
    const result = applyPolicy(list, { tags: [['a', 'b']], last: 1 }, now);
    expect(result.keep.map(({ reasons }) => reasons)).toEqual([['last snapshot'], ['has tags [a, b]']]);
    expect(result.remove).toEqual([list[1]]);
  });

  it('keeps snapshots of the future, and lets them take nobody’s place', () => {
    const future = '2025-08-01T00:00:00Z';
    expect(kept([...days, future], { last: 2 })).toEqual([future, ...kept(days, { last: 2 })]);
    expect(kept([...days, future], { within: parseCalendarDuration('1d')! })).toEqual([
      future,
      ...kept(days, { within: parseCalendarDuration('1d')! }),
    ]);
  });

  it('expires nothing where the clock was set back behind all snapshots', () => {
    const list = days.map((time) => at(time));
    expect(applyPolicy(list, { last: 1 }, new Date('2023-01-01T00:00:00Z')).remove).toEqual([]);
  });

  it('has nothing to say of no snapshots', () => {
    expect(applyPolicy([], { last: 1 }, now)).toEqual({ keep: [], remove: [] });
  });
});

describe('policies', () => {
  it('are empty when they keep nothing', () => {
    expect(isEmptyPolicy({})).toBe(true);
    expect(isEmptyPolicy({ last: 0, tags: [], within: { years: 0, months: 0, days: 0, hours: 0 } })).toBe(true);
    expect(isEmptyPolicy({ yearly: 'unlimited' })).toBe(false);
  });

  it('tell what they keep', () => {
    expect(policyText({ last: 3, daily: 'unlimited', within: parseCalendarDuration('30d')! })).toBe(
      'keep 3 latest, all daily snapshots and all snapshots within 30d of the newest',
    );
    expect(policyText({})).toBe('remove all');
  });

  it('read ages, and refuse what is none', () => {
    expect(parseCalendarDuration('1y2m3d4h')).toEqual({ years: 1, months: 2, days: 3, hours: 4 });
    for (const bad of ['', '3', 'd', '1w', '-1d', '1d2', '1 d'])
      expect(parseCalendarDuration(bad), bad).toBeUndefined();
  });
});

describe('calendar', () => {
  it.each([
    ['2021-01-03', 202053],
    ['2021-01-04', 202101],
    ['2024-12-30', 202501],
    ['2027-01-01', 202653],
    ['2020-12-31', 202053],
  ])('%s is in ISO week %i', (day, week) => {
    expect(isoWeekOf(wallTimeOf(`${day}T00:00:00Z`))).toBe(week);
  });

  it('goes back by calendar units and keeps the nanoseconds', () => {
    const age = { years: 1, months: 1, days: 1, hours: 1 };
    expect(timeBefore('2024-03-01T00:30:00.123456789+05:30', age)).toBe(
      parseTime('2023-01-30T23:30:00.123456789+05:30'),
    );
    expect(timeBefore('2024-01-01T00:00:00Z', { ...age, years: 999_999 })).toBeLessThan(0n);
  });
});
