/**
 * Times as Go's time.Time marshals them: RFC 3339 with nanoseconds, trailing zeros trimmed, in the local zone at
 * that instant, `Z` where its offset is zero; years clamped to 0 … 9999 as restic does (internal/data/node.go, fixTime).
 *
 * A backup formats three times a file, so the work of a day (zone offset, date) is kept for its other instants.
 */
import { HoldfastError } from '../base/errors.ts';
import { Latin1Writer } from './latin1-writer.ts';

const NS = 1_000_000_000n;
const DAY = 86_400;
/** Days in 400 Gregorian years: whole weeks, so that calendar and zone rules repeat after them. */
const CYCLE_DAYS = 146_097;
const CYCLE_SECONDS = BigInt(CYCLE_DAYS * DAY);
/** From 0000-03-01 to 1970-01-01. */
const DAYS_TO_EPOCH = 719_468;
/** First second of the year 10000 and of the year 0 in UTC. */
const END_SECONDS = 253_402_300_800;
const START_SECONDS = -62_167_219_200;
/** Below this, a bigint of nanoseconds fits 64 bits and years need no clamping. */
const FAST_LIMIT = 9.2e18;

/** A day in UTC: what the local zone makes of it. */
interface Day {
  readonly number: number;
  /** Seconds east of UTC, or undefined when it changes within the day. */
  readonly offset: number | undefined;
  readonly suffix: Uint8Array;
  /** `YYYY-MM-DDT` of the local days that this one touches: the one before, the same, the one after. */
  readonly dates: readonly [before: Uint8Array, same: Uint8Array, after: Uint8Array];
}

const days = new Map<number, Day>();
const MAX_DAYS = 8192;
let lastDay: Day | undefined;

const twoDigits = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0'));
const own = new Latin1Writer();

/** Nanoseconds since the epoch as restic would write them on this machine. */
export function formatTime(ns: bigint): string {
  own.start();
  writeTime(own, ns);
  return own.finish();
}

/** As `formatTime`, into a writer. */
export function writeTime(out: Latin1Writer, ns: bigint): void {
  const approximate = Number(ns);
  if (!(approximate < FAST_LIMIT && approximate > -FAST_LIMIT)) {
    out.text(formatFarTime(ns));
    return;
  }
  // The quotient is off by one at most; the remainder is exact modulo 2^32, where that shows.
  let seconds = Math.floor(approximate / 1e9);
  let nanos = (Number(BigInt.asIntN(32, ns)) - Math.imul(seconds % 0x1_0000_0000, 1_000_000_000)) | 0;
  if (nanos < 0) {
    seconds--;
    nanos += 1_000_000_000;
  } else if (nanos >= 1_000_000_000) {
    seconds++;
    nanos -= 1_000_000_000;
  }
  const number = Math.floor(seconds / DAY);
  const day = lastDay !== undefined && lastDay.number === number ? lastDay : dayOf(number);
  if (day.offset === undefined) {
    out.text(formatSeconds(seconds, nanos));
    return;
  }
  let second = seconds - number * DAY + day.offset;
  let date = day.dates[1];
  if (second < 0) {
    second += DAY;
    date = day.dates[0];
  } else if (second >= DAY) {
    second -= DAY;
    date = day.dates[2];
  }
  out.raw(date);
  writeClock(out, second);
  writeFraction(out, nanos);
  out.raw(day.suffix);
}

function writeClock(out: Latin1Writer, second: number): void {
  const hour = (second / 3600) | 0;
  const rest = second - hour * 3600;
  const minute = (rest / 60) | 0;
  out.digits(hour, 2);
  out.char(0x3a);
  out.digits(minute, 2);
  out.char(0x3a);
  out.digits(rest - minute * 60, 2);
}

function writeFraction(out: Latin1Writer, nanos: number): void {
  if (nanos === 0) return;
  let [value, count] = [nanos, 9];
  while (value % 10 === 0) {
    value = (value / 10) | 0;
    count--;
  }
  out.char(0x2e);
  out.digits(value, count);
}

/** Forgets what was kept of the local zone: to be called when TZ was changed while running. */
export function forgetTimeZone(): void {
  days.clear();
  lastDay = undefined;
}

function dayOf(number: number): Day {
  let day = days.get(number);
  if (day === undefined) {
    const offset = zoneOffset(number * DAY);
    day = {
      number,
      offset: offset === zoneOffset((number + 1) * DAY) ? offset : undefined,
      suffix: Buffer.from(zoneSuffix(offset)),
      dates: [Buffer.from(dateText(number - 1)), Buffer.from(dateText(number)), Buffer.from(dateText(number + 1))],
    };
    if (days.size >= MAX_DAYS) days.clear();
    days.set(number, day);
  }
  lastDay = day;
  return day;
}

/** Without the kept days: for the few days on which the zone changes. */
function formatSeconds(seconds: number, nanos: number): string {
  const offset = zoneOffset(seconds);
  const local = seconds + offset;
  const number = Math.floor(local / DAY);
  const second = local - number * DAY;
  const clock = [Math.trunc(second / 3600), Math.trunc(second / 60) % 60, second % 60].map((part) => twoDigits[part]);
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  return `${dateText(number)}${clock.join(':')}${fraction}${zoneSuffix(offset)}`;
}

/** Times that may lie outside of the years 0 … 9999: those get the nearest year, and keep all else of local time. */
function formatFarTime(ns: bigint): string {
  const nanos = Number(((ns % NS) + NS) % NS);
  const exact = (ns - BigInt(nanos)) / NS;
  let cycles = 0;
  let seconds = Number(exact);
  if (!(seconds < END_SECONDS - 2 * DAY && seconds > START_SECONDS + 2 * DAY)) {
    // The same instant of the calendar from 2370 on, or long ago, where zones have their first offset.
    const base = seconds > 0 ? CYCLE_SECONDS : -6n * CYCLE_SECONDS;
    const inCycle = (((exact - base) % CYCLE_SECONDS) + CYCLE_SECONDS) % CYCLE_SECONDS;
    cycles = Number((exact - base - inCycle) / CYCLE_SECONDS);
    seconds = Number(base + inCycle);
  }
  const local = seconds + zoneOffset(seconds);
  const number = Math.floor(local / DAY);
  const [yearInCycle, month, date] = civil(number);
  const year = yearInCycle + cycles * 400;
  const clamped = Math.min(9999, Math.max(0, year));
  if (clamped === year) return formatSeconds(Number(exact), nanos);
  const wall = dayNumber(clamped, month, date) * DAY + (local - number * DAY);
  const guess = wall - zoneOffset(wall);
  return formatSeconds(wall - zoneOffset(guess), nanos);
}

/** Seconds that local clocks are ahead of UTC at an instant; whole seconds (old local mean times have them). */
function zoneOffset(seconds: number): number {
  const date = new Date(seconds * 1000);
  const local = dayNumber(date.getFullYear(), date.getMonth() + 1, date.getDate()) * DAY;
  return local + date.getHours() * 3600 + date.getMinutes() * 60 + date.getSeconds() - seconds;
}

/** As Go writes it: minutes, rounded towards zero. */
function zoneSuffix(offset: number): string {
  if (offset === 0) return 'Z';
  const minutes = Math.trunc(Math.abs(offset) / 60);
  return `${offset < 0 && minutes > 0 ? '-' : '+'}${twoDigits[Math.trunc(minutes / 60)]}:${twoDigits[minutes % 60]}`;
}

function dateText(number: number): string {
  const [year, month, date] = civil(number);
  return `${String(year).padStart(4, '0')}-${twoDigits[month]}-${twoDigits[date]}T`;
}

/** Year, month 1–12 and day of a day number (0 is 1970-01-01), proleptic Gregorian. */
function civil(number: number): [year: number, month: number, date: number] {
  const cycle = Math.floor(number / CYCLE_DAYS);
  const date = new Date((number - cycle * CYCLE_DAYS) * DAY * 1000);
  return [date.getUTCFullYear() + cycle * 400, date.getUTCMonth() + 1, date.getUTCDate()];
}

/** The inverse of `civil`; dates that do not exist roll over, as in Go. */
function dayNumber(year: number, month: number, date: number): number {
  // Years from March: leap days come last, and days before a month follow a straight line.
  const marchYear = month > 2 ? year : year - 1;
  const marchMonth = month > 2 ? month - 3 : month + 9;
  const leaps = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leaps + Math.floor((153 * marchMonth + 2) / 5) + date - 1 - DAYS_TO_EPOCH;
}

let parsedText = '';
let parsedNs = 0n;

/** Nanoseconds since the epoch of an RFC 3339 time. Throws 'corrupt' on anything that Go would refuse. */
export function parseTime(text: string): bigint {
  if (text === parsedText) return parsedNs; // mtime and atime mostly are the same
  const date = dayNumberOf(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2));
  const clock = clockSeconds(digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2));
  let zoneAt = 19;
  let nanos = 0;
  if (text.charCodeAt(19) === 0x2e) {
    zoneAt = digitsEnd(text, 20);
    nanos = Number(text.slice(20, Math.min(zoneAt, 29)).padEnd(9, '0'));
  }
  const offset = zoneSeconds(text, zoneAt);
  const separators = text[4] === '-' && text[7] === '-' && text[10] === 'T' && text[13] === ':' && text[16] === ':';
  if (!separators || zoneAt === 20 || !Number.isFinite(date + clock + offset)) {
    throw new HoldfastError('corrupt', `${JSON.stringify(text.slice(0, 64))} is not a time`);
  }
  parsedNs = BigInt(date * DAY + clock - offset) * NS + BigInt(nanos);
  parsedText = text;
  return parsedNs;
}

/** The number in `count` decimal digits at `at`, or NaN. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function digitsEnd(text: string, at: number): number {
  let end = at;
  while (text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end++;
  return end;
}

const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since the epoch, or NaN for a date that does not exist. */
function dayNumberOf(year: number, month: number, date: number): number {
  const most = monthDays[month - 1];
  if (most === undefined || !(date >= 1 && date <= most)) return Number.NaN;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month === 2 && date === 29 && !leap) return Number.NaN;
  return dayNumber(year, month, date);
}

function clockSeconds(hour: number, minute: number, second: number): number {
  return hour <= 23 && minute <= 59 && second <= 59 ? (hour * 60 + minute) * 60 + second : Number.NaN;
}

/** Seconds east of UTC of `Z` or `±hh:mm` that ends the text, or NaN. */
function zoneSeconds(text: string, at: number): number {
  const sign = text[at];
  if (sign === 'Z') return text.length === at + 1 ? 0 : Number.NaN;
  if ((sign !== '+' && sign !== '-') || text.length !== at + 6 || text[at + 3] !== ':') return Number.NaN;
  const seconds = clockSeconds(digits(text, at + 1, 2), digits(text, at + 4, 2), 0);
  return sign === '-' ? -seconds : seconds;
}
