/** Times as people say them. */

const steps = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const;

/** "4 min. ago". What is less than a minute old, or in the future (the clock was set), was "now". */
export function agoText(then: Date, now: Date, locale: string): string {
  const ms = Math.max(0, now.getTime() - then.getTime());
  const format = new Intl.RelativeTimeFormat(locale, { style: 'short', numeric: 'auto' });
  const step = steps.find((one) => ms >= one.ms);
  if (step === undefined) return format.format(0, 'second');
  return format.format(-Math.floor(ms / step.ms), step.unit);
}

/** "14:30" today, with the day otherwise: "Tue 14:30" within a week, else "3 May". */
export function whenText(then: Date, now: Date, locale: string, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const day = (date: Date): string => new Intl.DateTimeFormat('en-CA', zone).format(date);
  const isToday = day(then) === day(now);
  const isSoon = Math.abs(then.getTime() - now.getTime()) < 6 * 86_400_000;
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  const parts = isToday
    ? time
    : isSoon
      ? { weekday: 'short' as const, ...time }
      : { day: 'numeric' as const, month: 'short' as const };
  return new Intl.DateTimeFormat(locale, { ...parts, ...zone }).format(then);
}
