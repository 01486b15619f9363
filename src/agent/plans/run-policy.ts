/**
 * What to do when a plan is due: a pure decision. Conditions are for what runs by itself; what the user asks for by hand
 * runs at once, also while the plan is paused, and meets with what is really missing when it runs.
 *
 *   queued already ──► ignore: that run does it
 *   paused, or not ready ──► skip: recorded with its reason once, and put off (the scheduler's `later`), so that it stays due
 *                            and is decided again each minute and when readiness changes
 *   else ──► enqueue
 *
 * A warning sign of an earlier run holds retention (upkeep/retention-decision.ts), never backups.
 */
import type { Plan } from '../../config/plan.ts';
import type { JobTrigger } from '../../jobs/job.ts';
import type { Readiness } from '../readiness/policy.ts';
import { type ReadinessReason, reasonText } from '../readiness/reasons.ts';
import { activePause } from './pause.ts';

export interface SkipReason {
  /** For "once per reason": a `ReadinessReason`'s type, or "paused". */
  readonly type: ReadinessReason['type'] | 'paused';
  /** A sentence for the user. */
  readonly text: string;
}

export type RunDecision =
  | { readonly kind: 'enqueue' }
  /** `isNew`: not the reason that the run has been waiting for already. Only then is it recorded. */
  | { readonly kind: 'skip'; readonly reason: SkipReason; readonly isNew: boolean }
  | { readonly kind: 'ignore' };

export interface RunFacts {
  readonly plan: Pick<Plan, 'paused'>;
  readonly trigger: JobTrigger;
  readonly readiness: Readiness;
  /** A backup of the plan waits in the queue (one that runs has begun before, and does not count). */
  readonly alreadyQueued: boolean;
  /** Why the run was skipped that is still to be made up for. */
  readonly waitingFor: SkipReason['type'] | undefined;
  readonly now: Date;
}

export function decideRun({ plan, trigger, readiness, alreadyQueued, waitingFor, now }: RunFacts): RunDecision {
  if (alreadyQueued) return { kind: 'ignore' };
  if (trigger === 'manual') return { kind: 'enqueue' };
  const reason = pauseReason(plan, now) ?? readinessReason(readiness);
  return reason === undefined ? { kind: 'enqueue' } : { kind: 'skip', reason, isNew: reason.type !== waitingFor };
}

function pauseReason({ paused }: RunFacts['plan'], now: Date): SkipReason | undefined {
  const pause = activePause(paused, now);
  if (pause === undefined) return undefined;
  const text =
    pause.until === undefined ? 'The plan is paused until it is resumed.' : 'The plan is paused for a while.';
  return { type: 'paused', text };
}

/** The first reason is the one that the user can do most about. */
function readinessReason(readiness: Readiness): SkipReason | undefined {
  const [first] = readiness.ready ? [] : readiness.reasons;
  return first === undefined ? undefined : { type: first.type, text: reasonText(first) };
}
