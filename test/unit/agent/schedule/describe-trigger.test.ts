import { expect, it } from 'vitest';
import { describeTrigger } from '../../../../src/agent/schedule/describe-trigger.ts';

it.each([
  ['30 2 * * *', 'every day at 02:30'],
  ['0 8,20 * * *', 'every day at 08:00 and 20:00'],
  ['0 0 18 * * 5', 'every Friday at 18:00'],
  ['15 7 * * SUN,TUE', 'every Tuesday and Sunday at 07:15'],
  ['0 9 * * 1-5', 'Monday to Friday at 09:00'],
  ['0 0 1 * *', 'on day 1 of every month at 00:00'],
  ['0 4 L * *', 'on the last day of every month at 04:00'],
  ['0 5 24 12 *', 'every year on 24 December at 05:00'],
  ['* * * * *', 'every minute'],
  ['*/15 * * * *', 'every 15 minutes'],
  ['0 * * * *', 'every hour'],
  ['20 * * * *', 'every hour at minute 20'],
  ['0 */6 * * *', 'every 6 hours'],
  ['0 */12 * * *', 'every day at 00:00 and 12:00'],
  ['*/30 * * * 1-5', 'every 30 minutes, Monday to Friday'],
  ['@weekly', 'every Sunday at 00:00'],
  // Not even: 56 is followed by 0.
  ['*/7 * * * *', 'at the times "*/7 * * * *"'],
  ['0 0 1-7 * 1', 'at the times "0 0 1-7 * 1"'],
  ['0 0 * * 1#2', 'at the times "0 0 * * 1#2"'],
  ['30 0 2 * * *', 'at the times "30 0 2 * * *"'],
])('%s: %s', (expression, words) => {
  expect(describeTrigger({ kind: 'cron', expression })).toBe(words);
});

it('names the zone where one is given', () => {
  const trigger = { kind: 'cron', expression: '30 2 * * *', timeZone: 'Europe/Berlin' } as const;
  expect(describeTrigger(trigger)).toBe('every day at 02:30 (Europe/Berlin)');
});

it.each([
  [1, 'every minute'],
  [45, 'every 45 minutes'],
  [60, 'every hour'],
  [90, 'every 90 minutes'],
  [360, 'every 6 hours'],
  [1440, 'every day'],
  [10_080, 'every week'],
])('an interval of %i minutes: %s', (minutes, words) => {
  expect(describeTrigger({ kind: 'interval', minutes })).toBe(words);
});

it('says how the others run', () => {
  expect(describeTrigger({ kind: 'manual' })).toBe('only when started by hand');
  const continuous = { kind: 'continuous', quietSeconds: 30, atLeastEveryMinutes: 15, fullScanHours: 24 } as const;
  expect(describeTrigger(continuous)).toBe('continuously, as files change');
});
