/** A trigger in plain English: "every day at 02:30". What has no short words is shown as the expression. */
import type { Trigger } from '../../config/trigger.ts';
import { CronTimes } from '../../jobs/schedule/cron-times.ts';

/** @throws `invalid-input` for an expression that cannot be read */
export function describeTrigger(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'manual':
      return 'only when started by hand';
    case 'continuous':
      return 'continuously, as files change';
    case 'interval':
      return describeMinutes(trigger.minutes);
    case 'cron': {
      const words = describeCron(new CronTimes(trigger.expression)) ?? `at the times "${trigger.expression}"`;
      return trigger.timeZone === undefined ? words : `${words} (${trigger.timeZone})`;
    }
  }
}

const units = [
  { minutes: 7 * 24 * 60, one: 'week', many: 'weeks' },
  { minutes: 24 * 60, one: 'day', many: 'days' },
  { minutes: 60, one: 'hour', many: 'hours' },
  { minutes: 1, one: 'minute', many: 'minutes' },
] as const;

function describeMinutes(minutes: number): string {
  const unit = units.find((one) => minutes % one.minutes === 0) ?? units[3];
  const count = minutes / unit.minutes;
  return count === 1 ? `every ${unit.one}` : `every ${count} ${unit.many}`;
}

interface Fields {
  readonly second: readonly number[];
  readonly minute: readonly number[];
  readonly hour: readonly number[];
  readonly dayOfMonth: readonly (number | string)[];
  readonly month: readonly number[];
  readonly dayOfWeek: readonly (number | string)[];
}

function describeCron({ fields }: CronTimes): string | undefined {
  if (fields.second.length !== 1 || fields.second[0] !== 0) return undefined;
  const days = describeDays(fields);
  const times = describeTimes(fields);
  if (days === undefined || times === undefined) return undefined;
  if (times.kind === 'at') return `${days} ${times.text}`;
  return days === 'every day' ? times.text : `${times.text}, ${days}`;
}

interface Times {
  /** `at`: some times of the day; `rhythm`: through all of it. */
  readonly kind: 'at' | 'rhythm';
  readonly text: string;
}

function describeTimes({ minute, hour }: Fields): Times | undefined {
  const minuteStep = stepOf(minute, 60);
  if (hour.length === 24 && minuteStep !== undefined) return { kind: 'rhythm', text: describeMinutes(minuteStep) };
  const [first = 0] = minute;
  if (minute.length !== 1) return undefined;
  const atMinute = first === 0 ? '' : ` at minute ${first}`;
  if (hour.length === 24) return { kind: 'rhythm', text: `every hour${atMinute}` };
  const hourStep = stepOf(hour, 24);
  if (hour.length > 2 && hourStep !== undefined) {
    return { kind: 'rhythm', text: `${describeMinutes(hourStep * 60)}${atMinute}` };
  }
  if (hour.length > 4) return undefined;
  return { kind: 'at', text: `at ${andList(ascending(hour).map((one) => `${two(one)}:${two(first)}`))}` };
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July'].concat([
  'August',
  'September',
  'October',
  'November',
  'December',
]);

function describeDays({ dayOfMonth, month, dayOfWeek }: Fields): string | undefined {
  const everyDay = dayOfMonth.length === 31;
  const everyMonth = month.length === 12;
  const everyWeekday = dayOfWeek.length === 7;
  if (everyDay && everyMonth && everyWeekday) return 'every day';
  if (everyDay && everyMonth) return describeWeekdays(dayOfWeek);
  const [day] = dayOfMonth;
  if (day === undefined || dayOfMonth.length > 1 || !everyWeekday) return undefined;
  if (everyMonth) return day === 'L' ? 'on the last day of every month' : onDay(day, 'every month');
  const [only] = month;
  if (month.length > 1 || only === undefined || typeof day !== 'number') return undefined;
  return `every year on ${day} ${months[only - 1]}`;
}

function describeWeekdays(days: readonly (number | string)[]): string | undefined {
  const numbers = ascending(days.filter((day) => typeof day === 'number'));
  if (numbers.length !== days.length || numbers.length > 5) return undefined;
  if (numbers.join() === '1,2,3,4,5') return 'Monday to Friday';
  // The week begins on Monday.
  const names = [...numbers.filter((day) => day > 0), ...numbers.filter((day) => day === 0)].map(
    (day) => weekdays[day],
  );
  return `every ${andList(names)}`;
}

function onDay(day: number | string, when: string): string | undefined {
  return typeof day === 'number' ? `on day ${day} of ${when}` : undefined;
}

/** The step of values that cover a whole round evenly from 0 on: 0, 15, 30, 45 of 60 is 15. */
function stepOf(values: readonly number[], round: number): number | undefined {
  const step = round / values.length;
  return Number.isInteger(step) && ascending(values).every((value, at) => value === at * step) ? step : undefined;
}

function ascending(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function andList(words: readonly (string | undefined)[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
