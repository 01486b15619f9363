/** Triggers as people think of them: every day at some times, every week on some days. Both ways; pure. */
import type { Trigger } from '../../../../src/config/trigger.ts';

export const rhythms = ['continuous', 'interval', 'daily', 'weekly', 'monthly', 'cron', 'manual'] as const;
export type Rhythm = (typeof rhythms)[number];

/** Times of day, days of the week (0 is Sunday) or of the month: what a cron expression of a simple kind says. */
export interface Times {
  /** "HH:MM"; one cron expression has one minute for all of them. */
  readonly times: readonly string[];
  readonly weekdays: readonly number[];
  readonly day: number;
}

export const usualTimes: Times = { times: ['20:00'], weekdays: [1], day: 1 };

export function rhythmOf(trigger: Trigger): Rhythm {
  if (trigger.kind !== 'cron') return trigger.kind;
  const found = readExpression(trigger.expression);
  return found?.rhythm ?? 'cron';
}

/** The times of an expression of a simple kind; the usual ones for others. */
export function timesOf(trigger: Trigger): Times {
  return (trigger.kind === 'cron' ? readExpression(trigger.expression)?.times : undefined) ?? usualTimes;
}

export function expressionOf(rhythm: 'daily' | 'weekly' | 'monthly', { times, weekdays, day }: Times): string {
  const minute = Number(times[0]?.slice(3) ?? 0);
  const hours = [...new Set(times.map((time) => Number(time.slice(0, 2))))].toSorted((a, b) => a - b);
  const days = weekdays.toSorted((a, b) => a - b);
  const when = { daily: '* * *', weekly: `* * ${days.join(',')}`, monthly: `${day} * *` }[rhythm];
  return `${minute} ${hours.join(',')} ${when}`;
}

/** The times with one of them changed: its minute is the minute of all. */
export function withTime(times: readonly string[], index: number, time: string): string[] {
  const minute = time.slice(3);
  return times.map((one, at) => (at === index ? time : `${one.slice(0, 2)}:${minute}`));
}

function readExpression(
  expression: string,
): { readonly rhythm: 'daily' | 'weekly' | 'monthly'; readonly times: Times } | undefined {
  const [minute = '', hour = '', day = '', month = '', weekday = '', ...rest] = expression.trim().split(/\s+/);
  if (rest.length > 0 || month !== '*') return undefined;
  if (!isNumber(minute, 0, 59) || !hour.split(',').every((one) => isNumber(one, 0, 23))) return undefined;
  const times = hour.split(',').map((one) => `${one.padStart(2, '0')}:${minute.padStart(2, '0')}`);
  if (day === '*' && weekday === '*') return { rhythm: 'daily', times: { ...usualTimes, times } };
  if (weekday === '*' && isNumber(day, 1, 31)) {
    return { rhythm: 'monthly', times: { ...usualTimes, times, day: Number(day) } };
  }
  const weekdays = weekdaysOf(weekday);
  if (day === '*' && weekdays !== undefined) return { rhythm: 'weekly', times: { ...usualTimes, times, weekdays } };
  return undefined;
}

/** "1-5", "0,6", "7" (Sunday). */
function weekdaysOf(text: string): number[] | undefined {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [, from, to = from] = /^([0-7])(?:-([0-7]))?$/.exec(part) ?? [];
    if (from === undefined || Number(to) < Number(from)) return undefined;
    for (let day = Number(from); day <= Number(to); day++) found.add(day % 7);
  }
  return [...found].toSorted((a, b) => a - b);
}

function isNumber(text: string, least: number, most: number): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) >= least && Number(text) <= most;
}
