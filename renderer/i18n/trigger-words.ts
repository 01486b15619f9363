/**
 * When a plan runs, in the words of a language: "every day at 02:30". Cron expressions that have no short words are shown as they
 * are. (The agent's own words, `triggerText`, are English.)
 */
import type { TFunction } from 'i18next';
import type { Trigger } from '../../src/config/trigger.ts';

export function triggerWords(trigger: Trigger, t: TFunction<'common'>, language: string): string {
  switch (trigger.kind) {
    case 'manual':
      return t('trigger.manual');
    case 'continuous':
      return t('trigger.continuous');
    case 'interval':
      return every(trigger.minutes, t);
    case 'cron': {
      const words = cronWords(trigger.expression, t, language) ?? t('trigger.cron', { expression: trigger.expression });
      return trigger.timeZone === undefined ? words : `${words} (${trigger.timeZone})`;
    }
  }
}

function every(minutes: number, t: TFunction<'common'>): string {
  if (minutes % (7 * 1440) === 0) return t('trigger.weeks', { count: minutes / (7 * 1440) });
  if (minutes % 1440 === 0) return t('trigger.days', { count: minutes / 1440 });
  if (minutes % 60 === 0) return t('trigger.hours', { count: minutes / 60 });
  return t('trigger.minutes', { count: minutes });
}

function cronWords(expression: string, t: TFunction<'common'>, language: string): string | undefined {
  const [minute = '', hour = '', day = '', month = '', weekday = '', ...rest] = expression.split(/\s+/);
  if (rest.length > 0 || month !== '*') return undefined;
  const step = /^\*\/(\d+)$/.exec(minute)?.[1];
  if (step !== undefined && hour === '*' && day === '*' && weekday === '*') return every(Number(step), t);
  if (minute === '0' && hour === '*' && day === '*' && weekday === '*') return every(60, t);
  if (!/^\d+$/.test(minute) || !/^\d+(,\d+)*$/.test(hour)) return undefined;
  const times = hour.split(',').map((one) => timeOfDay(Number(one), Number(minute), language));
  const time = new Intl.ListFormat(language).format(times);
  if (day === '*' && weekday === '*') return t('trigger.daily', { time });
  if (day === '*' && weekday === '1-5') return t('trigger.workdays', { time });
  if (day === '*' && /^\d(,\d)*$/.test(weekday))
    return t('trigger.weekly', { time, days: weekdays(weekday, language) });
  if (weekday === '*' && /^\d+$/.test(day)) return t('trigger.monthly', { time, day });
  return undefined;
}

function timeOfDay(hour: number, minute: number, language: string): string {
  // Any day does: only its time is shown, and it is shown in the zone that it is given in.
  return new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone: 'UTC' }).format(
    Date.UTC(2026, 0, 1, hour, minute),
  );
}

/** @param days as cron has them: "1,3", Sunday is 0 or 7 */
function weekdays(days: string, language: string): string {
  const format = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' });
  const numbers = days.split(',').map((day) => Number(day) || 7);
  // 4 January 2026 is a Sunday.
  const names = numbers.toSorted((a, b) => a - b).map((day) => format.format(Date.UTC(2026, 0, 4 + day)));
  return new Intl.ListFormat(language).format(names);
}
