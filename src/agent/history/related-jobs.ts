/** What came of a job: those that follow it, and those that try it again. */
import type { Job } from '../../jobs/job.ts';
import type { JobQueue } from '../../jobs/queue.ts';
import type { History } from './history.ts';

/** How far the history is searched, from its newest job. */
const mostPages = 10;
const pageJobs = 1000;

export interface RelatedJobs {
  readonly jobs: Job[];
  /** The job is in the history, and what follows it is known (flow/job-flow.ts queues that before). */
  readonly complete: boolean;
}

/** Oldest first. */
export async function relatedJobs(
  { queue, history }: { readonly queue: Pick<JobQueue, 'all'>; readonly history: Pick<History, 'get' | 'list'> },
  { id, planId, createdAt }: Job,
  signal: AbortSignal,
): Promise<RelatedJobs> {
  const isRelated = (job: Job): boolean => job.followsJob === id || job.retryOf === id;
  const complete = (await history.get(id)) !== undefined;
  // Those in the queue first: one that ends meanwhile is in the history then.
  const found = new Map(
    queue
      .all()
      .filter(isRelated)
      .map((job) => [job.id, job]),
  );
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const { jobs, next } = await history.list({ planId, cursor, limit: pageJobs }, signal);
    for (const job of jobs.filter(isRelated)) found.set(job.id, job);
    const oldest = jobs.at(-1);
    // It came before the job itself.
    if (next === undefined || oldest === undefined || (oldest.endedAt ?? '') < createdAt) break;
    cursor = next;
  }
  return { jobs: [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), complete };
}
