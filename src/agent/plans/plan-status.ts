/** How a plan stands, from all that is known of it. Pure. */
import type { z } from 'zod';
import type { Plan } from '../../config/plan.ts';
import type { planState, planStatusSchema } from '../../control/schemas/plans.ts';
import type { Job } from '../../jobs/job.ts';
import { describeTrigger } from '../schedule/describe-trigger.ts';
import { findOverdue } from '../schedule/overdue.ts';
import { activePause } from './pause.ts';
import type { Remembered } from './plan-memory.ts';

export interface PlanFacts {
  readonly plan: Plan;
  readonly remembered: Remembered;
  /** Its jobs that are queued or running. */
  readonly active: readonly Job[];
  /** The last of its backups that ended. */
  readonly lastJob: Job | undefined;
  readonly nextRunAt: Date | undefined;
  /** Why a run is put off. */
  readonly waitingFor: string | undefined;
  readonly watching: PlanStatus['watching'];
  readonly now: Date;
}

export type PlanStatus = z.output<typeof planStatusSchema>;
export type PlanState = z.output<typeof planState>;

export function planStatus(facts: PlanFacts): PlanStatus {
  const { plan, remembered, lastJob, nextRunAt, watching } = facts;
  const activeJob = facts.active.find(({ state }) => state === 'running') ?? facts.active[0];
  const findings = findingsOf(facts);
  return {
    plan,
    state: findings[0]?.state ?? 'ok',
    reasons: findings.flatMap(({ reason }) => (reason === undefined ? [] : [reason])),
    triggerText: describeTrigger(plan.trigger),
    ...(remembered.lastGood === undefined ? {} : { lastGoodAt: remembered.lastGood.time }),
    ...(remembered.lastProvenAt === undefined ? {} : { lastProvenAt: remembered.lastProvenAt }),
    ...(nextRunAt === undefined ? {} : { nextRunAt: nextRunAt.toISOString() }),
    ...(lastJob === undefined ? {} : { lastJob }),
    ...(activeJob === undefined ? {} : { activeJob }),
    ...(watching === undefined ? {} : { watching }),
  };
}

interface Finding {
  readonly state: PlanState;
  readonly reason?: string;
}

/** The most pressing first: the order of `planState`. */
function findingsOf({ plan, remembered, active, lastJob, waitingFor, now }: PlanFacts): Finding[] {
  const overdue = findOverdue({ plan, lastGoodAt: lastGoodAt(remembered), now });
  const pause = activePause(plan.paused, now);
  const findings: (Finding | false)[] = [
    ...remembered.held.map((reason) => ({ state: 'held', reason }) as const),
    remembered.failedJobId !== undefined && {
      state: 'failed',
      reason: lastJob?.error?.message ?? 'The last run failed.',
    },
    overdue !== undefined && {
      state: 'overdue',
      reason: `There has been no good backup for ${overdue.intervals} of its intervals.`,
    },
    active.some(({ state }) => state === 'running') && { state: 'running' },
    active.some(({ state }) => state === 'queued') && { state: 'queued' },
    pause !== undefined && { state: 'paused', reason: pauseText(pause.until) },
    waitingFor !== undefined && pause === undefined && { state: 'waiting', reason: waitingFor },
    remembered.lastGood === undefined && { state: 'never', reason: 'It has not been backed up yet.' },
  ];
  return findings.filter((finding) => finding !== false);
}

function lastGoodAt({ lastGood }: Remembered): Date | undefined {
  return lastGood === undefined ? undefined : new Date(lastGood.time);
}

function pauseText(until: string | undefined): string {
  return until === undefined ? 'Paused until it is resumed.' : `Paused until ${until}.`;
}
