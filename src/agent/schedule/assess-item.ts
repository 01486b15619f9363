/**
 * Whether something is due: a pure function of its due times, of how far it was dealt with (`countedFromMs`), and of now.
 *
 * - Runs that were missed, however many, become one run; fixed times stay where they are.
 * - The clock was set forward: what lies between was missed, so at most one run.
 * - The clock was set back behind what was dealt with: at most one time that has run is left out when it comes again. If more
 *   than one lies ahead, the clock had been wrong before (or is now), and waiting for it to catch up could take years: the
 *   schedule starts afresh from now, without a run of its own.
 */
import type { DueTimes } from '../../jobs/schedule/next-time.ts';

export interface Due {
  /** The time that it was due at: the last one, if several were missed. */
  readonly dueAt: Date;
  /** How many earlier times this run also stands for; counted up to `mostMissed`. */
  readonly missed: number;
  /** It was missed, and is caught up with. */
  readonly late: boolean;
}

export type Assessment =
  | { readonly kind: 'wait'; readonly untilMs: number | undefined }
  | { readonly kind: 'due'; readonly due: Due; readonly countedFromMs: number }
  /** Count from now on. */
  | { readonly kind: 'start-afresh' };

export interface AssessOptions {
  readonly times: DueTimes;
  readonly isInterval: boolean;
  readonly countedFromMs: number;
  readonly nowMs: number;
}

/** A minute's cron jobs of many days are not counted one by one. */
export const mostMissed = 100;

/** The scheduler looks at least once a minute; what comes a little after its time is on time. */
const lateAfterMs = 90_000;

export function assessItem(options: AssessOptions): Assessment {
  const { times, countedFromMs, nowMs } = options;
  if (countedFromMs > nowMs && clockWasSetBack(options)) return { kind: 'start-afresh' };
  const first = times.next(countedFromMs);
  if (first === undefined || first > nowMs) return { kind: 'wait', untilMs: first };
  return options.isInterval ? dueInterval(options, first) : dueFixedTime(options, first);
}

function clockWasSetBack({ times, isInterval, countedFromMs, nowMs }: AssessOptions): boolean {
  if (isInterval) return true;
  const next = times.next(nowMs);
  const second = next === undefined ? undefined : times.next(next);
  return second !== undefined && second <= countedFromMs;
}

/** Counted from the start of the run that comes now. */
function dueInterval({ countedFromMs, nowMs }: AssessOptions, first: number): Assessment {
  const missed = Math.min(mostMissed, Math.floor((nowMs - first) / (first - countedFromMs)));
  const late = nowMs - first > lateAfterMs;
  return { kind: 'due', due: { dueAt: new Date(first), missed, late }, countedFromMs: nowMs };
}

function dueFixedTime({ times, nowMs }: AssessOptions, first: number): Assessment {
  let missed = 0;
  const latest = latestDue(times, first, nowMs);
  for (let at = first; at < latest && missed < mostMissed; at = times.next(at) ?? latest) missed++;
  const late = nowMs - first > lateAfterMs;
  return { kind: 'due', due: { dueAt: new Date(latest), missed, late }, countedFromMs: latest };
}

/** The last due time up to now, by halving: there may be millions since `first`. */
function latestDue(times: DueTimes, first: number, nowMs: number): number {
  let latest = first;
  let until = nowMs;
  for (;;) {
    const following = times.next(latest);
    if (following === undefined || following > until) return latest;
    const middle = Math.floor((latest + until) / 2);
    const later = times.next(middle);
    if (later !== undefined && later <= until) latest = later;
    else until = middle;
  }
}
