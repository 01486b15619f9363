import { parse } from 'node-cron';
import { describe, expect, it } from 'vitest';
import type { ScheduleTrigger } from '../../../../src/config/trigger.ts';
import { checkTrigger, dueTimes, nextRuns } from '../../../../src/jobs/schedule/next-time.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const cron = (expression: string, timeZone = 'UTC'): ScheduleTrigger => ({ kind: 'cron', expression, timeZone });
const runs = (trigger: ScheduleTrigger, after: string, count: number): string[] =>
  nextRuns(trigger, new Date(after), count).map((run) => run.toISOString().replace(':00.000Z', 'Z'));

describe('next times of cron expressions', () => {
  it.each([
    ['0 0 31 * *', '2026-01-31T00:00:00Z', ['2026-03-31T00:00Z', '2026-05-31T00:00Z', '2026-07-31T00:00Z']],
    ['0 12 29 2 *', '2026-01-01T00:00:00Z', ['2028-02-29T12:00Z', '2032-02-29T12:00Z']],
    ['0 0 29 2 1', '2088-01-01T00:00:00Z', ['2112-02-29T00:00Z']],
    ['0 0 1 1 *', '2026-01-01T00:00:00Z', ['2027-01-01T00:00Z']],
    ['0 6 L * *', '2028-02-01T00:00:00Z', ['2028-02-29T06:00Z', '2028-03-31T06:00Z']],
    ['30 18 * * MON,FRI', '2026-11-27T18:30:00Z', ['2026-11-30T18:30Z', '2026-12-04T18:30Z']],
    ['0 9 * * 7', '2026-11-27T00:00:00Z', ['2026-11-29T09:00Z']],
    ['@daily', '2026-11-27T00:00:00Z', ['2026-11-28T00:00Z']],
    ['59 59 23 31 12 *', '2026-11-27T00:00:00Z', ['2026-12-31T23:59:59.000Z']],
    ['15 0 3 * * *', '2026-11-27T03:00:14.999Z', ['2026-11-27T03:00:15.000Z', '2026-11-28T03:00:15.000Z']],
  ])('%s after %s', (expression, after, expected) => {
    expect(runs(cron(expression), after, expected.length)).toEqual(expected);
  });

  it('takes the first time later than the instant, not the instant itself', () => {
    expect(runs(cron('30 2 * * *'), '2026-06-01T02:29:59.999Z', 1)).toEqual(['2026-06-01T02:30Z']);
    expect(runs(cron('30 2 * * *'), '2026-06-01T02:30:00.000Z', 1)).toEqual(['2026-06-02T02:30Z']);
  });
});

describe('daylight saving', () => {
  it('runs a skipped time once, right after the gap', () => {
    const berlin = runs(cron('30 2 * * *', 'Europe/Berlin'), '2026-03-28T00:00:00Z', 3);
    expect(berlin).toEqual(['2026-03-28T01:30Z', '2026-03-29T01:00Z', '2026-03-30T00:30Z']);
    const both = runs(cron('0,30 2,3 * * *', 'Europe/Berlin'), '2026-03-29T00:00:00Z', 2);
    expect(both).toEqual(['2026-03-29T01:00Z', '2026-03-29T01:30Z']);
    const lordHowe = runs(cron('15 2 * * *', 'Australia/Lord_Howe'), '2026-10-03T12:00:00Z', 2);
    expect(lordHowe).toEqual(['2026-10-03T15:30Z', '2026-10-04T15:15Z']);
  });

  it('runs a doubled time once, the first time', () => {
    const berlin = runs(cron('30 2 * * *', 'Europe/Berlin'), '2026-10-24T12:00:00Z', 2);
    expect(berlin).toEqual(['2026-10-25T00:30Z', '2026-10-26T01:30Z']);
    // Asked within the second of the two hours.
    expect(runs(cron('45 2 * * *', 'Europe/Berlin'), '2026-10-25T01:10:00Z', 1)).toEqual(['2026-10-26T01:45Z']);
    const newYork = runs(cron('0 1 * * *', 'America/New_York'), '2026-10-31T12:00:00Z', 2);
    expect(newYork).toEqual(['2026-11-01T05:00Z', '2026-11-02T06:00Z']);
    const lordHowe = runs(cron('45 1 * * *', 'Australia/Lord_Howe'), '2026-04-04T12:00:00Z', 2);
    expect(lordHowe).toEqual(['2026-04-04T14:45Z', '2026-04-05T15:15Z']);
  });

  it('keeps the rhythm of an expression of every hour', () => {
    const half = runs(cron('*/30 * * * *', 'Europe/Berlin'), '2026-10-24T23:45:00Z', 6);
    expect(half).toEqual(['00:00', '00:30', '01:00', '01:30', '02:00', '02:30'].map((time) => `2026-10-25T${time}Z`));
    // Right before the clock is set back.
    expect(runs(cron('20 * * * *', 'Europe/Berlin'), '2026-10-25T00:59:59Z', 2)).toEqual([
      '2026-10-25T01:20Z',
      '2026-10-25T02:20Z',
    ]);
    expect(runs(cron('*/30 * * * *', 'Europe/Berlin'), '2026-03-29T00:10:00Z', 3)).toEqual(
      ['00:30', '01:00', '01:30'].map((time) => `2026-03-29T${time}Z`),
    );
  });

  it('copes with a day that the zone leaves out', () => {
    // Samoa went from 29 to 31 December 2011.
    expect(runs(cron('0 12 * * *', 'Pacific/Apia'), '2011-12-29T22:00:00Z', 2)).toEqual([
      '2011-12-30T10:00Z',
      '2011-12-30T22:00Z',
    ]);
  });
});

describe('against a walk through every minute', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'UTC',
    'America/Sao_Paulo',
    'Asia/Kathmandu',
  ];
  const shifts = ['2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01', '2018-11-04'];
  const expressions = [
    '30 2 * * *',
    '*/7 1-3 * * *',
    '*/15 * * * *',
    '0 * * * *',
    '5 0,2,23 * * 0',
    '0 30 2 * * 6,0',
    '59 1 1-10 * *',
    '0 0 31 * *',
    '10 */2 * 3,4,10,11 *',
    '40 * * * 0',
  ];
  it.each(zones)('%s', (zone) => {
    for (const shift of shifts) {
      const start = Date.parse(`${shift}T00:00:00Z`) - 2 * dayMs;
      const end = start + 4 * dayMs;
      const shown = wallByMinute(zone, start, end);
      for (const expression of expressions) {
        const times = dueTimes(cron(expression, zone));
        const found: number[] = [];
        // From before what the reference has seen, so that a fold is judged whole.
        for (let at = times.next(start + 12 * hourMs); at !== undefined && at < end; at = times.next(at))
          found.push(at);
        expect(found.map(iso), `${expression} about ${shift}`).toEqual(
          reference(expression, shown, start + 12 * hourMs).map(iso),
        );
      }
    }
  });

  it('answers the same from every instant, not only from run to run', () => {
    for (const expression of ['30 2 * * *', '*/20 * * * *', '50 1 * * *']) {
      for (const [zone, day] of [
        ['Europe/Berlin', '2026-10-25'],
        ['Europe/Berlin', '2026-03-29'],
        ['Australia/Lord_Howe', '2026-04-04'],
      ] as const) {
        const start = Date.parse(`${day}T00:00:00Z`) - dayMs;
        const expected = reference(expression, wallByMinute(zone, start, start + 4 * dayMs), start);
        const times = dueTimes(cron(expression, zone));
        for (let at = start + dayMs - 4 * hourMs; at < start + 2 * dayMs; at += 10 * minuteMs - 1) {
          expect(iso(times.next(at)), `${expression} ${zone} after ${iso(at)}`).toBe(
            iso(expected.find((run) => run > at)),
          );
        }
      }
    }
  });
});

describe('other triggers', () => {
  it('counts an interval from the last start', () => {
    expect(runs({ kind: 'interval', minutes: 90 }, '2026-03-29T00:10:00Z', 2)).toEqual([
      '2026-03-29T01:40Z',
      '2026-03-29T03:10Z',
    ]);
  });

  it('has none for manual, nor for continuous but its full scans', () => {
    expect(nextRuns({ kind: 'manual' }, new Date(), 5)).toEqual([]);
    const continuous = { kind: 'continuous', quietSeconds: 30, atLeastEveryMinutes: 15, fullScanHours: 24 } as const;
    expect(nextRuns(continuous, new Date(), 5)).toEqual([]);
    expect(dueTimes(continuous).next(1000)).toBe(1000 + dayMs);
  });

  it.each([
    ['0 2 * * *', dayMs],
    ['0 2 * * 1-5', 3 * dayMs],
    ['*/5 9-17 * * 1-5', 2 * dayMs + 15 * hourMs + 5 * minuteMs],
    ['0 0 31 * *', 61 * dayMs],
    ['*/20 * * * *', 20 * minuteMs],
    ['0 0 29 2 *', 1461 * dayMs],
    ['30 1,13,14 * * *', 12 * hourMs],
  ])('knows the longest gap of %s', (expression, expected) => {
    expect(dueTimes(cron(expression)).largestGapMs(Date.parse('2026-11-27T00:00:00Z'))).toBe(expected);
  });
});

describe('what cannot be used', () => {
  const bad = (trigger: ScheduleTrigger) => () => checkTrigger(trigger, new Date('2026-01-01T00:00:00Z'));
  it.each([
    ['61 * * * *', 'minutes'],
    ['0 24 * * *', 'hours'],
    ['0 0 32 * *', 'days of the month'],
    ['0 0 * 13 *', 'months'],
    ['0 0 * * 8', 'weekdays'],
    ['99 0 0 * * *', 'seconds'],
    ['* * * *', '5 or 6 fields'],
    ['every day', '5 or 6 fields'],
    ['0 0 * * *; rm', 'illegal'],
    ['*/0 * * * *', 'minutes'],
    ['0 0 30 2 *', 'days of the month'],
    ['0 0 29 2 1#1', 'never comes'],
  ])('%s', (expression, named) => {
    expect(bad(cron(expression))).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        message: expect.stringContaining(named),
        hint: expect.any(String),
      }),
    );
  });

  it('names an unknown zone', () => {
    const answer = {
      code: 'invalid-input',
      message: expect.stringContaining('"Europe/Atlantis"'),
      hint: expect.any(String),
    };
    expect(bad(cron('0 0 * * *', 'Europe/Atlantis'))).toThrow(expect.objectContaining(answer));
  });
});

interface Shown {
  readonly instant: number;
  /** As `Date.UTC` of the fields. */
  readonly wall: number;
}

function wallByMinute(timeZone: string, start: number, end: number): Shown[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const shown: Shown[] = [];
  for (let instant = start; instant < end; instant += minuteMs) {
    shown.push({ instant, wall: Date.parse(`${format.format(instant).replace(' ', 'T')}Z`) });
  }
  return shown;
}

/** By the rules as they are written: each minute is looked at, and so are the ones that the clock left out. */
function reference(expression: string, shown: readonly Shown[], after: number): number[] {
  const fields = parse(expression);
  const everyHour = fields.hour.length === 24;
  const matches = (wall: number): boolean => {
    const date = new Date(wall);
    return (
      fields.minute.includes(date.getUTCMinutes()) &&
      fields.hour.includes(date.getUTCHours()) &&
      fields.dayOfMonth.includes(date.getUTCDate()) &&
      fields.month.includes(date.getUTCMonth() + 1) &&
      fields.dayOfWeek.includes(date.getUTCDay())
    );
  };
  const seen = new Set<number>();
  const found: number[] = [];
  let previous: number | undefined;
  for (const { instant, wall } of shown) {
    let due = matches(wall) && (everyHour || !seen.has(wall));
    for (let left = (previous ?? wall) + minuteMs; left < wall; left += minuteMs) due ||= matches(left);
    if (due && instant > after) found.push(instant);
    seen.add(wall);
    previous = wall;
  }
  return found;
}

function iso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
