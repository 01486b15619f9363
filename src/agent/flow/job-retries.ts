/**
 * Tries jobs again that failed for a passing reason, and that nobody would ask for again soon: a weekly check that met with
 * another's lock must not wait for a week. A plan's backup is tried again by its plan (job-flow.ts), what was asked for by hand by
 * who asked.
 */
import type { Clock } from '../../base/clock.ts';
import type { Job, JobKind } from '../../jobs/job.ts';
import type { JobQueue, JobSpec } from '../../jobs/queue.ts';
import { planRetry } from '../schedule/retry.ts';

export interface JobRetriesOptions {
  readonly queue: () => JobQueue;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Whether a job still makes sense: its plan or remote is there. Asked when its time has come. */
  readonly isWanted: (job: Job) => boolean;
  readonly onTrouble: (error: unknown) => void;
  readonly signal: AbortSignal;
}

const retried: ReadonlySet<JobKind> = new Set(['copy', 'forget', 'prune', 'check', 'drill', 'remote-create', 'ingest']);
/** After 1, 5, 15 and 60 minutes; then its next time is awaited. */
const mostAttempts = 5;

export class JobRetries {
  readonly #options: JobRetriesOptions;

  constructor(options: JobRetriesOptions) {
    this.#options = options;
  }

  /** A job failed: it is queued again later, if that may help. One that is told twice is queued once. */
  failed(job: Job): void {
    const { error, attempt } = job;
    if (error === undefined || !retried.has(job.kind) || job.trigger === 'manual' || attempt >= mostAttempts) return;
    const { random, onTrouble, signal } = this.#options;
    const retry = planRetry({ error, failures: attempt, intervalMs: Number.POSITIVE_INFINITY, random });
    if (retry.kind !== 'after') return;
    this.#later(job, retry.delayMs).catch((trouble: unknown) => {
      if (!signal.aborted) onTrouble(trouble);
    });
  }

  async #later(job: Job, delayMs: number): Promise<void> {
    const { queue, clock, isWanted, signal } = this.#options;
    await clock.sleep(delayMs, signal);
    if (isWanted(job)) await queue().enqueue(specOf(job));
  }
}

function specOf(job: Job): JobSpec {
  const { kind, planId, planName, remoteId, remoteName } = job;
  const { repositoryIds, readRepositoryIds, input, followsJob, attempt, id } = job;
  return {
    kind,
    trigger: 'retry',
    repositoryIds,
    input,
    attempt: attempt + 1,
    retryOf: id,
    ...(planId === undefined ? {} : { planId }),
    ...(planName === undefined ? {} : { planName }),
    ...(remoteId === undefined ? {} : { remoteId }),
    ...(remoteName === undefined ? {} : { remoteName }),
    ...(readRepositoryIds === undefined ? {} : { readRepositoryIds }),
    ...(followsJob === undefined ? {} : { followsJob }),
  };
}
