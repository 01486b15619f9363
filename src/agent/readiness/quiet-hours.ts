/** Times of day in which nothing starts, by the clock on the wall: local time, whatever daylight saving does. */
import type { Conditions } from '../../config/conditions.ts';

type Hours = NonNullable<Conditions['quietHours']>[number];

/**
 * The first of the hours that a minute of the day (0 to 1439) lies in: from `from` on, until before `to`, over midnight where
 * `to` is earlier. Equal times are an empty span: better a run in the night than never one.
 */
export function findQuietHours(quietHours: Conditions['quietHours'], minuteOfDay: number): Hours | undefined {
  return quietHours?.find(({ from, to }) => {
    const [start, end] = [minutesOf(from), minutesOf(to)];
    if (start <= end) return minuteOfDay >= start && minuteOfDay < end;
    return minuteOfDay >= start || minuteOfDay < end;
  });
}

/** Of a time zone of the IANA database, or this host's own. */
export function localMinuteOfDay(time: Date, timeZone: string | undefined): number {
  if (timeZone === undefined) return time.getHours() * 60 + time.getMinutes();
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return minutesOf(format.format(time));
}

function minutesOf(timeOfDay: string): number {
  const [hours, minutes] = timeOfDay.split(':');
  return Number(hours) * 60 + Number(minutes);
}
