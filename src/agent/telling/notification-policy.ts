/**
 * Which of the things that happen the user is told, and which would only be noise. Pure: what was told today goes in, and
 * comes out.
 *
 * - a failure: at once; the same reason of the same plan once a day (it is tried again and again)
 * - a skipped run: once per reason per day per plan
 * - an overdue plan: once a day
 * - a warning sign: once per reason per day per plan
 * - a success: only if asked for, and then each
 */

export type Happening =
  /** `reasons`: codes that stay the same from run to run (error codes, types of readiness reasons), not sentences. */
  | { readonly kind: 'failed' | 'skipped' | 'warning'; readonly planId: string; readonly reasons: readonly string[] }
  | { readonly kind: 'overdue'; readonly planId: string }
  | { readonly kind: 'succeeded'; readonly planId: string };

/** What the user was told on one day; plain data, so that it outlives a restart. */
export interface ToldToday {
  /** The user's calendar day, as `2026-03-01`. */
  readonly day: string;
  readonly keys: readonly string[];
}

export interface PolicyOptions {
  readonly now: Date;
  /** Of the user's days; an IANA name. */
  readonly timeZone: string;
  readonly told: ToldToday | undefined;
  readonly tellSuccess: boolean;
}

export interface Decision {
  readonly tell: boolean;
  /** To be kept for the next decision. */
  readonly told: ToldToday;
}

export function notificationPolicy(happening: Happening, options: PolicyOptions): Decision {
  const day = dayOf(options.now, options.timeZone);
  // Another day, later or (the clock was set) earlier: everything may be told again, once.
  const told = options.told?.day === day ? options.told : { day, keys: [] };
  if (happening.kind === 'succeeded') return { tell: options.tellSuccess, told };
  const fresh = keysOf(happening).filter((key) => !told.keys.includes(key));
  if (fresh.length === 0) return { tell: false, told };
  return { tell: true, told: { day, keys: [...told.keys, ...fresh] } };
}

function keysOf(happening: Exclude<Happening, { kind: 'succeeded' }>): readonly string[] {
  const { kind, planId } = happening;
  const reasons = kind === 'overdue' || happening.reasons.length === 0 ? [''] : happening.reasons;
  return [...new Set(reasons)].map((reason) => `${planId} ${kind} ${reason}`.trim());
}

function dayOf(time: Date, timeZone: string): string {
  // Swedish dates are ISO dates.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(time);
}
