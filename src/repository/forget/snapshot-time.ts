/**
 * A snapshot's time as its own wall clock showed it: retention thinks in days and weeks of the machine that was backed up,
 * as restic does (which keeps the offset that stands in the snapshot).
 */
import { parseTime } from '../../format/go-time.ts';

export interface WallTime {
  readonly year: number;
  /** 1 … 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
}

/** An age in calendar units, "1y2m3d4h" (restic internal/data/duration.go). */
export interface CalendarDuration {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
}

const layout = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$/i;
const nsPerMs = 1_000_000n;
const nsPerSecond = 1_000_000_000n;
const beforeAllTimes = -(2n ** 80n);

/** @param time RFC 3339, as in a snapshot */
export function wallTimeOf(time: string): WallTime {
  const [year, month, day, hour] = fieldsOf(time);
  return { year, month, day, hour };
}

/** The ISO 8601 week, as year × 100 + week: weeks start on Monday, week 1 has the year's first Thursday. */
export function isoWeekOf({ year, month, day }: WallTime): number {
  const thursday = new Date(Date.UTC(year, month - 1, day));
  thursday.setUTCDate(thursday.getUTCDate() + 3 - ((thursday.getUTCDay() + 6) % 7));
  const weekYear = thursday.getUTCFullYear();
  const dayOfYear = Math.floor((thursday.getTime() - Date.UTC(weekYear, 0, 1)) / 86_400_000);
  return weekYear * 100 + Math.floor(dayOfYear / 7) + 1;
}

/** The instant that lies so long before a snapshot's time, in nanoseconds since the epoch. */
export function timeBefore(time: string, age: CalendarDuration): bigint {
  const ns = parseTime(time);
  const [year, month, day, hour, minute, second, offsetMinutes] = fieldsOf(time);
  const fields = [year - age.years, month - 1 - age.months, day - age.days, hour, minute, second] as const;
  const ms = Number(ns / nsPerMs);
  // Go reads an offset that is the local one as the local zone, where days may have 23 or 25 hours.
  const isLocal = !/z$/i.test(time) && -new Date(ms).getTimezoneOffset() === offsetMinutes;
  const movedMs = isLocal ? new Date(...fields).getTime() : Date.UTC(...fields) - offsetMinutes * 60_000;
  const thenMs = movedMs - age.hours * 3_600_000;
  if (Number.isNaN(thenMs)) return beforeAllTimes; // "keep within 999999y"
  return BigInt(thenMs) * nsPerMs + (((ns % nsPerSecond) + nsPerSecond) % nsPerSecond);
}

/** Year, month, day, hour, minute, second, offset in minutes. */
function fieldsOf(time: string): [number, number, number, number, number, number, number] {
  const match = layout.exec(time);
  if (match === null) {
    const utc = new Date(Number(parseTime(time) / nsPerMs)); // throws for what is no time
    return [
      utc.getUTCFullYear(),
      utc.getUTCMonth() + 1,
      utc.getUTCDate(),
      utc.getUTCHours(),
      utc.getUTCMinutes(),
      utc.getUTCSeconds(),
      0,
    ];
  }
  const [, year, month, day, hour, minute, second, zone = 'Z'] = match;
  const sign = zone.startsWith('-') ? -1 : 1;
  const offset = /z/i.test(zone) ? 0 : sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)));
  return [Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second), offset];
}
