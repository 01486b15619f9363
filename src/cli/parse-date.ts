/** Reads a date or time as restic's `find` takes them: in the local zone unless an offset is given. */
import { HoldfastError } from '../base/errors.ts';

const clock = '(?: (\\d{2}):(\\d{2})(?::(\\d{2}))?)?(?: ([+-])(\\d{2})(\\d{2}))?';
const yearFirst = new RegExp(`^(\\d{4})-(\\d{2})-(\\d{2})${clock}$`);
const dayFirst = new RegExp(`^(\\d{2})\\.(\\d{2})\\.(\\d{4})${clock}$`);

/**
 * "2026-11-21", "2026-11-21 08:15", "21.11.2026 08:15:00 +0100" as nanoseconds since the epoch.
 *
 * @throws `invalid-input` naming the option
 */
export function parseDateNs(option: string, text: string): bigint {
  const first = yearFirst.exec(text);
  const second = dayFirst.exec(text);
  const time = first !== null ? timeOf(first, [1, 2, 3]) : second !== null ? timeOf(second, [3, 2, 1]) : undefined;
  if (time !== undefined) return BigInt(time) * 1_000_000n;
  throw new HoldfastError('invalid-input', `${option} cannot be "${text}".`, {
    hint: 'Give it as "2026-11-21" or "2026-11-21 08:15:00".',
  });
}

/** Milliseconds since the epoch, or undefined for a day or time that the calendar does not have. */
function timeOf(match: RegExpExecArray, [y, m, d]: readonly [number, number, number]): number | undefined {
  const number = (at: number): number => Number(match[at] ?? 0);
  const [year, month, day, hour, minute, second] = [
    number(y),
    number(m) - 1,
    number(d),
    number(4),
    number(5),
    number(6),
  ];
  const utc = new Date(Date.UTC(year, month, day, hour, minute, second));
  if (utc.getUTCMonth() !== month || utc.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    return undefined;
  if (match[7] === undefined) return new Date(year, month, day, hour, minute, second).getTime();
  const offsetMs = (number(8) * 60 + number(9)) * 60_000;
  return utc.getTime() - (match[7] === '-' ? -offsetMs : offsetMs);
}
