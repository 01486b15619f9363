/**
 * Whether a plan's retention is applied after a job, and by which policy. Pure.
 *
 * - After each backup that counts as ran, in the repository that it went to; after each copy, in the one that it went to.
 *   A job that failed, was skipped (its source is missing or suddenly empty) or cancelled expires nothing.
 * - Not while a warning sign waits for the user, of this run or of an earlier one.
 * - On the plan's snapshots only: those of this host with the plan's tag (plans/plan-snapshots.ts). The tag outlives edits of
 *   sources. Within them each set of sources is a group of its own, as with restic, so that the last snapshots of a source
 *   that was taken out of the plan do not expire: nothing newer holds it.
 */
import type { Plan } from '../../config/plan.ts';
import type { Retention } from '../../config/retention.ts';
import type { Job } from '../../jobs/job.ts';
import { type ForgetPolicy, parseCalendarDuration } from '../../repository/mod.ts';
import { countsAsRan } from '../schedule/retry.ts';

export type RetentionDecision =
  | { readonly kind: 'forget'; readonly retention: Retention }
  | { readonly kind: 'hold'; readonly text: string }
  /** The plan keeps everything, or the job is none that retention follows. */
  | { readonly kind: 'none' };

export interface RetentionFacts {
  readonly plan: Pick<Plan, 'retention'>;
  readonly job: Pick<Job, 'kind' | 'state' | 'warnings'>;
  /** A warning sign of an earlier run waits for the user. */
  readonly held: boolean;
}

export function decideRetention({ plan: { retention }, job, held }: RetentionFacts): RetentionDecision {
  if (retention === undefined || !countsAsRan(job)) return { kind: 'none' };
  if (job.kind !== 'backup' && job.kind !== 'copy') return { kind: 'none' };
  if (held || (job.warnings ?? []).length > 0) {
    return { kind: 'hold', text: 'Old snapshots are kept until you have looked at the warning.' };
  }
  return { kind: 'forget', retention };
}

/**
 * The engine's policy. The newest snapshot of each group is always kept, also by a retention of tags alone, which would
 * else remove all of a group without them.
 */
export function forgetPolicy({ within, last, ...others }: Retention): ForgetPolicy {
  const duration = within === undefined ? undefined : parseCalendarDuration(within);
  return {
    ...Object.fromEntries(Object.entries(others).filter(([, rule]) => rule !== undefined)),
    last: last === undefined || last === 0 ? 1 : last,
    ...(duration === undefined ? {} : { within: duration }),
  };
}
