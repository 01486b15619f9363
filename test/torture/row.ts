/** What a row of the torture is: one promise, tried until it breaks or the figures are in. */

import type { StoreName } from './stores.ts';

export interface Figure {
  /** What was measured, with its unit. */
  readonly figure: string;
  readonly value: string | number;
  /** False: the promise is broken. */
  readonly ok: boolean;
  /** Why not, and how to see it again. */
  readonly detail?: string;
}

export interface TortureContext {
  /** A shortened run: all rows together under four minutes. */
  readonly short: boolean;
  readonly seed: number;
  /** The stores of the rows over networks. */
  readonly over: readonly StoreName[];
  /** How long many writers write; undefined: as long as the row says. */
  readonly minutes: number | undefined;
  /** Says what is going on (shown with --verbose). */
  log(message: string): void;
}

export interface TortureRow {
  /** The promise's number. */
  readonly row: number;
  readonly promise: string;
  run(context: TortureContext): Promise<Figure[]>;
}

/** A row that cannot run here (no root, no strace): said, and a failure where CI=true. */
export class SkippedRow extends Error {}

export function skipRow(why: string): never {
  throw new SkippedRow(why);
}

/** A count that must be nought. */
export function mustBeZero(figure: string, found: readonly unknown[]): Figure {
  const detail = found
    .slice(0, 5)
    .map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
    .join('\n');
  return { figure, value: found.length, ok: found.length === 0, ...(detail === '' ? {} : { detail }) };
}

/** Items spread evenly over a list, first and last among them. */
export function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  const step = (items.length - 1) / Math.max(1, count - 1);
  return [...new Set(Array.from({ length: count }, (_, i) => Math.round(i * step)))].map((at) => items[at] as T);
}
