/**
 * Whether a plan is overdue: no good backup for so many of its intervals. Pure.
 *
 * The interval is the longest time between two runs that the trigger itself leaves ("Monday to Friday": three days), for a
 * continuous plan its full scans' hours. A manual plan is never overdue, nor is a paused one while it is paused.
 */
import type { Plan } from '../../config/plan.ts';
import { dueTimes } from '../../jobs/schedule/next-time.ts';
import { activePause } from '../plans/pause.ts';

export interface Overdue {
  /** Since when a good backup has been missing. */
  readonly since: Date;
  /** Whole intervals without one. */
  readonly intervals: number;
}

export interface OverdueFacts {
  readonly plan: Pick<Plan, 'trigger' | 'overdueIntervals' | 'createdAt' | 'paused'>;
  /** When the last backup ended that counts as ran (retry.ts), by the order of history. */
  readonly lastGoodAt: Date | undefined;
  readonly now: Date;
}

/** @throws `invalid-input` for a trigger that cannot be read */
export function findOverdue({ plan, lastGoodAt, now }: OverdueFacts): Overdue | undefined {
  if (activePause(plan.paused, now) !== undefined) return undefined;
  const fromMs = lastGoodAt?.getTime() ?? Date.parse(plan.createdAt);
  const intervalMs = dueTimes(plan.trigger).largestGapMs(now.getTime());
  const intervals = Math.floor((now.getTime() - fromMs) / intervalMs);
  if (intervals < plan.overdueIntervals) return undefined;
  return { since: new Date(fromMs + intervalMs), intervals };
}
