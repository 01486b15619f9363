/** Sizes, counts, times and durations in the words of a language, by Intl. Pure. */

const sizeUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** @param bytes 0 or more; a kilobyte is 1000 bytes */
export function formatBytes(bytes: number, language: string): string {
  const at = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 0), sizeUnits.length - 1);
  const value = bytes / 1000 ** at;
  const maximumFractionDigits = at === 0 || value >= 100 ? 0 : 1;
  const unit = sizeUnits[at] ?? 'byte';
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: at === 0 ? 'long' : 'short',
    maximumFractionDigits,
  }).format(value);
}

export function formatCount(count: number, language: string): string {
  return new Intl.NumberFormat(language).format(count);
}

/** @param share 0 to 1 */
export function formatPercent(share: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

const timeUnits = [
  { unit: 'year', seconds: 365 * 24 * 3600 },
  { unit: 'month', seconds: 30 * 24 * 3600 },
  { unit: 'week', seconds: 7 * 24 * 3600 },
  { unit: 'day', seconds: 24 * 3600 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
] as const;

/** "4 minutes ago", "in 2 days", "now" within a minute. @param seconds from now; the past is negative */
export function formatRelative(seconds: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const size = Math.abs(seconds);
  const found = timeUnits.find((one) => size >= one.seconds);
  return found === undefined
    ? format.format(0, 'second')
    : format.format(Math.round(seconds / found.seconds), found.unit);
}

/** "45 seconds", "12 minutes", "3.5 hours". @param seconds 0 or more */
export function formatDuration(seconds: number, language: string): string {
  const [unit, value] =
    seconds < 60
      ? ['second', Math.ceil(seconds)]
      : seconds < 3600
        ? ['minute', Math.round(seconds / 60)]
        : seconds < 48 * 3600
          ? ['hour', seconds / 3600]
          : ['day', seconds / 86_400];
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: String(unit),
    unitDisplay: 'long',
    maximumFractionDigits: unit === 'hour' || unit === 'day' ? 1 : 0,
  }).format(Number(value));
}

/** With its day and the time of day, as in "27 Nov 2026, 15:40". @param time ISO */
export function formatTime(time: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time));
}
