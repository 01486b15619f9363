/**
 * What follows a job that was done. Pure.
 *
 *   backup ─► a copy to each other repository ─► (each) forget by the plan's retention, unless a warning sign holds it
 *        └──► forget in the first
 *
 * Each is a job of its own, so that each fails alone.
 */
import type { Plan } from '../../config/plan.ts';
import type { Job } from '../../jobs/job.ts';
import type { JobSpec } from '../../jobs/queue.ts';
import { countsAsRan } from '../schedule/retry.ts';
import { decideRetention } from '../upkeep/retention-decision.ts';

export type FollowUp = Omit<JobSpec, 'trigger'>;

type EndedJob = Pick<Job, 'kind' | 'state' | 'repositoryIds' | 'warnings'>;

export interface FollowUpFacts {
  readonly plan: Plan;
  readonly hostname: string;
  /** A warning sign waits for the user. */
  readonly held: boolean;
  /** Whether retention is to be applied in a repository, or was just now. */
  readonly retentionDue: (repositoryId: string) => boolean;
}

export function followUpsOf(job: EndedJob, facts: FollowUpFacts): FollowUp[] {
  if (!countsAsRan(job)) return [];
  const { plan } = facts;
  // The plan may name others than when the job was queued.
  const written = job.repositoryIds[0];
  if (written === undefined) return [];
  const copies = plan.repositories.filter((id) => id !== written).map((to) => copyTo(written, to, facts));
  const forget = plan.repositories.includes(written) ? forgetIn(written, job, facts) : [];
  return job.kind === 'backup' ? [...copies, ...forget] : forget;
}

function copyTo(from: string, to: string, { plan, hostname }: FollowUpFacts): FollowUp {
  return {
    kind: 'copy',
    planId: plan.id,
    planName: plan.name,
    repositoryIds: [to],
    readRepositoryIds: [from],
    input: { planId: plan.id, from, to, hostname },
  };
}

function forgetIn(
  repositoryId: string,
  job: EndedJob,
  { plan, hostname, held, retentionDue }: FollowUpFacts,
): FollowUp[] {
  const decision = decideRetention({ plan, job, held });
  if (decision.kind !== 'forget' || !retentionDue(repositoryId)) return [];
  const { id: planId, name: planName } = plan;
  const input = { planId, repositoryId, hostname, retention: decision.retention };
  return [{ kind: 'forget', planId, planName, repositoryIds: [repositoryId], input }];
}
