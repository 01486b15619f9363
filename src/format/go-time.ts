/**
 * Times as Go's time.Time marshals them: RFC 3339 with nanoseconds, trailing zeros trimmed, in the local zone at
 * that instant, `Z` for UTC; years clamped to 0 … 9999 as restic does (internal/data/node.go, fixTime).
 */
import { HoldfastError } from '../base/errors.ts';

/** Nanoseconds since the epoch as restic would write them on this machine. */
export function formatTime(ns: bigint): string {
  const seconds = Number(ns >= 0n ? ns / 1_000_000_000n : -((999_999_999n - ns) / 1_000_000_000n));
  const nanos = Number(ns - BigInt(seconds) * 1_000_000_000n);
  const date = new Date(seconds * 1000);
  const local =
    Date.UTC(2000, 0, 1) * 0 + new Date(0).setUTCFullYear(date.getFullYear(), date.getMonth(), date.getDate());
  const wall = local + ((date.getHours() * 60 + date.getMinutes()) * 60 + date.getSeconds()) * 1000;
  const offset = Math.round(wall / 1000 - seconds);
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const zone = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${pad(Math.trunc(minutes / 60))}:${pad(minutes % 60)}`;
  return `${new Date(wall).toISOString().slice(0, 19)}${fraction}${zone}`;
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Nanoseconds since the epoch of an RFC 3339 time. Throws 'corrupt' on anything else. */
export function parseTime(text: string): bigint {
  const match = rfc3339.exec(text);
  if (match === null) throw new HoldfastError('corrupt', `${JSON.stringify(text)} is not a time`);
  const [, year, month, day, hour, minute, second, fraction = '', sign, zoneHour, zoneMinute] = match;
  const days = new Date(0).setUTCFullYear(Number(year), Number(month) - 1, Number(day)) / 1000;
  const offset = sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(zoneHour) * 60 + Number(zoneMinute)) * 60;
  const seconds = days + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offset;
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}
