/** Reads option values that several verbs share. Each error names the option and what it takes. */
import { HoldfastError } from '../base/errors.ts';
import type { SnapshotFilter } from '../repository/mod.ts';
import type { GlobalOptions } from './verb.ts';

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const durations: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** "500", "16M", "1.5 GiB": bytes, in steps of 1024 as restic reads them. */
export function parseBytes(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  const unit = units[match?.[2]?.toLowerCase() ?? ''];
  if (match === null || unit === undefined) throw badValue(option, text, 'a size such as 500K, 16M or 2G');
  return Math.floor(Number(match[1]) * unit);
}

/** "90s", "5m", "1h30m": milliseconds. */
export function parseDurationMs(option: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smh])/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) {
    throw badValue(option, text, 'a time such as 90s, 5m or 1h30m');
  }
  return parts.reduce((sum, part) => sum + Number(part[1]) * (durations[part[2]!] ?? 0), 0);
}

const periods: Readonly<Record<string, number>> = { m: 1, h: 60, d: 24 * 60, w: 7 * 24 * 60 };

/** "30m", "4h", "1d", "1h30m": whole minutes. */
export function parsePeriodMinutes(option: string, text: string): number {
  const parts = [...text.matchAll(/(\d+)([mhdw])/g)];
  const minutes = parts.reduce((sum, part) => sum + Number(part[1]) * (periods[part[2]!] ?? 0), 0);
  if (parts.map((part) => part[0]).join('') === text && minutes > 0) return minutes;
  throw badValue(option, text, 'a time such as 30m, 4h, 1d or 2w');
}

export function parseCount(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw badValue(option, text, 'a whole number');
  return Number(text);
}

/** --pack-size, in MiB. */
export function packSizeBytes(text: string): number {
  const mebibytes = parseCount('--pack-size', text);
  if (mebibytes >= 4 && mebibytes <= 128) return mebibytes * 2 ** 20;
  throw badValue('--pack-size', text, '4 to 128 (MiB)');
}

export function parseChoice<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw badValue(option, text, `one of ${choices.join(', ')}`);
  return found;
}

function badValue(option: string, text: string, wanted: string): HoldfastError {
  return new HoldfastError('invalid-input', `${option} cannot be "${text}".`, { hint: `Give ${wanted}.` });
}

/** Adds a value of an option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** The snapshot filters that verbs share: --host, --tag (each a comma-separated list), --path. */
export interface FilterOptions {
  readonly host?: readonly string[];
  readonly tag?: readonly string[];
  readonly path?: readonly string[];
}

export function filterOf(options: FilterOptions): SnapshotFilter {
  return {
    ...(options.host === undefined ? {} : { hosts: options.host }),
    ...(options.tag === undefined ? {} : { tags: options.tag.map((list) => list.split(',')) }),
    ...(options.path === undefined ? {} : { paths: options.path }),
  };
}

/** How long to wait for another's lock: --retry-lock. */
export function lockWaitMs(globals: GlobalOptions): number {
  return globals.retryLock === undefined ? 0 : parseDurationMs('--retry-lock', globals.retryLock);
}
