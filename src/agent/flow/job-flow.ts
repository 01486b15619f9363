/**
 * What becomes of a job that ended: what follows it is queued, a failed one is tried again later, the user is told what
 * concerns him, and it is recorded.
 *
 *   done    ─► follow-ups (copies, retention) ─► notices about its failure taken back
 *   failed  ─► remembered ─► notice ─► tried again: after a while, when its source is back, or when something changes
 *   others  ─► recorded
 *
 * A failed backup is tried again by its plan, the other kinds by job-retries.ts.
 */
import type { Clock } from '../../base/clock.ts';
import type { Plan } from '../../config/plan.ts';
import type { Job } from '../../jobs/job.ts';
import type { JobQueue } from '../../jobs/queue.ts';
import { dueTimes } from '../../jobs/schedule/next-time.ts';
import type { History } from '../history/history.ts';
import type { Notice, Notices } from '../notices.ts';
import type { PlanMemory } from '../plans/plan-memory.ts';
import { planRetry } from '../schedule/retry.ts';
import { type FollowUp, followUpsOf } from './follow-ups.ts';
import { JobRetries } from './job-retries.ts';

export interface JobFlowOptions {
  readonly history: History;
  readonly queue: () => JobQueue;
  readonly memory: PlanMemory;
  readonly notices: Notices;
  readonly findPlan: (id: string) => Plan | undefined;
  readonly hostname: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** Asks for a run of the plan again. */
  readonly retry: (planId: string) => Promise<void>;
  /** Resolves when all sources of the plan are there. */
  readonly sourcesBack: (plan: Plan, signal: AbortSignal) => Promise<void>;
  /** What else follows a job, beside what its plan wants. */
  readonly followUps: (job: Job) => readonly FollowUp[];
  readonly isRemote: (id: string) => boolean;
  readonly isAppendOnly: (repositoryId: string) => boolean;
  readonly onTrouble: (error: unknown) => void;
  readonly signal: AbortSignal;
}

export class JobFlow {
  readonly #options: JobFlowOptions;
  readonly #jobRetries: JobRetries;
  /** Plans whose failed run is tried again later, and what ends the waiting. */
  readonly #retries = new Map<string, AbortController>();
  /** When retention was last asked for, by plan and repository: monotonic milliseconds. */
  readonly #retention = new Map<string, number>();
  /** Plans that are tried again when the configuration changes. */
  readonly #onChange = new Set<string>();

  constructor(options: JobFlowOptions) {
    this.#options = options;
    const isWanted = ({ planId, remoteId }: Job): boolean =>
      (planId === undefined || options.findPlan(planId) !== undefined) &&
      (remoteId === undefined || options.isRemote(remoteId));
    this.#jobRetries = new JobRetries({ ...options, isWanted });
  }

  /** The queue's `record`. */
  readonly record = async (job: Job): Promise<void> => {
    // A job that is recorded again, after a kill, has its consequences again: the queue merges what is there already.
    // The history comes last: who finds a job there finds what follows it in the queue.
    try {
      await this.#consequences(job);
    } finally {
      await this.#options.history.record(job);
    }
  };

  /** Plans or repositories changed: what failed for their sake may succeed now. */
  configurationChanged(): void {
    for (const planId of [...this.#retries.keys()]) {
      if (this.#options.findPlan(planId) === undefined) this.#stopRetrying(planId);
    }
    for (const planId of [...this.#onChange]) {
      this.#stopRetrying(planId);
      this.#again(planId);
    }
  }

  /** After a start: plans whose last run failed are tried once, soon. */
  resume(plans: readonly Plan[]): void {
    for (const plan of plans) {
      if (this.#options.memory.get(plan.id).failedJobId !== undefined) this.#after(plan.id, restartDelayMs);
    }
  }

  async #consequences(job: Job): Promise<void> {
    const { findPlan, memory, notices } = this.#options;
    const plan = job.planId === undefined ? undefined : findPlan(job.planId);
    if (job.state === 'failed') await this.#failed(job, plan);
    if (job.state !== 'done') return;
    notices.settle(`${job.kind}-failed`, subjectOf(job));
    if (job.warnings !== undefined) {
      const message = job.warnings.join(' ');
      notices.add({ level: 'warning', code: 'warning-sign', message, ...subjectOf(job), jobId: job.id });
    }
    if (job.kind === 'remote-create' && job.remoteId !== undefined) {
      notices.settleAll('put-off-', { remoteId: job.remoteId });
    }
    await this.#follow(job, this.#options.followUps(job));
    if (plan === undefined) return;
    if (job.kind === 'backup') this.#ran(plan.id);
    if (job.kind === 'drill') await memory.update(plan.id, { lastProvenAt: job.endedAt });
    const held = memory.get(plan.id).held.length > 0;
    const retentionDue = (repositoryId: string): boolean => this.#retentionDue(job, plan, repositoryId);
    const facts = { plan, hostname: this.#options.hostname, held, retentionDue };
    await this.#follow(job, followUpsOf(job, facts));
  }

  async #follow(job: Job, followUps: readonly FollowUp[]): Promise<void> {
    for (const follow of followUps) {
      await this.#options.queue().enqueue({ ...follow, trigger: 'follow-up', followsJob: job.id });
    }
  }

  #ran(planId: string): void {
    const { notices } = this.#options;
    this.#stopRetrying(planId);
    notices.settle('plan-overdue', { planId });
    notices.settleAll('put-off-', { planId });
  }

  /** It locks the repository for all others: once an hour is enough for what runs by itself. An append-only store forgets nothing. */
  #retentionDue({ trigger }: Job, plan: Plan, repositoryId: string): boolean {
    if (this.#options.isAppendOnly(repositoryId)) return false;
    const key = `${plan.id} ${repositoryId}`;
    const nowMs = this.#options.clock.monotonicMs();
    const lastMs = this.#retention.get(key);
    if (trigger !== 'manual' && lastMs !== undefined && nowMs - lastMs < retentionEveryMs) return false;
    this.#retention.set(key, nowMs);
    return true;
  }

  /** The plan is gone, ran well, or failed for another reason. */
  #stopRetrying(planId: string): void {
    this.#onChange.delete(planId);
    this.#retries.get(planId)?.abort();
    this.#retries.delete(planId);
  }

  async #failed(job: Job, plan: Plan | undefined): Promise<void> {
    const { memory, notices, random, clock } = this.#options;
    const { error } = job;
    // Nobody is interested any more; but whoever restores waits for his files.
    if (job.planId !== undefined && plan === undefined && job.kind !== 'restore') return;
    const hint = error?.hint;
    notices.add({
      level: 'error',
      code: `${job.kind}-failed`,
      message: `${titleOf(job)} failed: ${error?.message ?? 'no reason is known'}`,
      ...(hint === undefined ? {} : { hint }),
      ...subjectOf(job),
      jobId: job.id,
    });
    this.#jobRetries.failed(job);
    if (plan === undefined || job.kind !== 'backup' || error === undefined) return;
    const before = memory.get(plan.id);
    // One that is recorded again has been counted.
    const failures = before.failedJobId === job.id ? before.failures : before.failures + 1;
    await memory.update(plan.id, { failures, failedJobId: job.id });
    this.#stopRetrying(plan.id);
    const intervalMs = dueTimes(plan.trigger).largestGapMs(clock.now().getTime());
    const retry = planRetry({ error, failures, intervalMs, random });
    switch (retry.kind) {
      case 'after':
        this.#after(plan.id, retry.delayMs);
        break;
      case 'when-ready':
        this.#whenBack(plan);
        this.#onChange.add(plan.id); // it may name other sources then
        break;
      case 'on-change':
        this.#onChange.add(plan.id);
        break;
      case 'never':
        break;
    }
  }

  #after(planId: string, delayMs: number): void {
    this.#wait(planId, (signal) => this.#options.clock.sleep(delayMs, signal));
  }

  #whenBack(plan: Plan): void {
    this.#wait(plan.id, (signal) => this.#options.sourcesBack(plan, signal));
  }

  #wait(planId: string, until: (signal: AbortSignal) => Promise<void>): void {
    const stop = new AbortController();
    this.#retries.set(planId, stop);
    const signal = AbortSignal.any([stop.signal, this.#options.signal]);
    until(signal).then(
      () => {
        this.#retries.delete(planId);
        this.#again(planId);
      },
      (error: unknown) => {
        if (!signal.aborted) this.#options.onTrouble(error);
      },
    );
  }

  #again(planId: string): void {
    if (this.#options.findPlan(planId) === undefined) return;
    this.#options.retry(planId).catch((error: unknown) => {
      if (!this.#options.signal.aborted) this.#options.onTrouble(error);
    });
  }
}

const retentionEveryMs = 3_600_000;
/** Others that start with the computer go first. */
const restartDelayMs = 60_000;

/** What a notice about it is about: copies and retention fail for each repository alone. */
function subjectOf({
  kind,
  planId,
  remoteId,
  repositoryIds,
}: Job): Pick<Notice, 'planId' | 'repositoryId' | 'remoteId'> {
  if (remoteId !== undefined) return { remoteId };
  const [repositoryId] = repositoryIds;
  const isOfRepository = planId === undefined || kind === 'copy' || kind === 'forget';
  return {
    ...(planId === undefined ? {} : { planId }),
    ...(!isOfRepository || repositoryId === undefined ? {} : { repositoryId }),
  };
}

const kindNames: Readonly<Record<Job['kind'], string>> = {
  backup: 'The backup',
  restore: 'The restore',
  copy: 'The copy',
  forget: 'Removing old snapshots',
  prune: 'Tidying up',
  check: 'The check',
  drill: 'The restore drill',
  unlock: 'Removing locks',
  import: 'The import',
  verify: 'The verification',
  remove: 'Removing the backup',
  destroy: 'Removing all backups',
  'remote-create': 'The remote backup',
  'remote-restore': 'The remote restore',
  'remote-import': 'The remote import',
  download: 'The download',
  ingest: 'The copy of a remote backup',
};

function titleOf({ kind, planName, remoteName }: Job): string {
  const name = planName ?? remoteName;
  return name === undefined ? kindNames[kind] : `${kindNames[kind]} of "${name}"`;
}
