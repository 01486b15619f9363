/** What becomes of the jobs that an agent left behind, once the next one starts. Pure. */
import { HoldfastError } from '../base/errors.ts';
import { isEnded, type Job } from './job.ts';

/** A job that takes the agent down with it must not do so for ever. */
const mostInterruptions = 3;

export interface Recovered {
  /** To be run, in order. */
  readonly queued: readonly Job[];
  /** To be recorded: they are over. */
  readonly ended: readonly Job[];
}

/**
 *     ended, but not recorded yet   ─► recorded
 *     queued                        ─► queued
 *     running, told to stop         ─► recorded as cancelled
 *     running                       ─► recorded as interrupted, and queued again as a new job; the third time recorded as failed
 *
 * @param jobs as they were stored, in their order
 * @param now ISO time
 */
export function recover(jobs: readonly Job[], now: string, newId: () => string): Recovered {
  const queued: Job[] = [];
  const ended: Job[] = [];
  for (const job of jobs) {
    if (isEnded(job)) ended.push(job);
    else if (job.state === 'queued') queued.push(job);
    else if (job.cancelling === true) ended.push(over(job, now, { state: 'cancelled' }));
    else {
      const interruptions = (job.interruptions ?? 0) + 1;
      if (interruptions < mostInterruptions) queued.push(again(job, interruptions, now, newId()));
      ended.push(interrupted(job, interruptions, now));
    }
  }
  return { queued, ended };
}

function interrupted(job: Job, interruptions: number, now: string): Job {
  const reason = 'The agent ended while it ran.';
  if (interruptions < mostInterruptions) return over(job, now, { state: 'interrupted', interruptions, reason });
  const error = new HoldfastError(
    'internal',
    `It was tried ${interruptions} times, and each time the agent ended while it ran`,
    {
      hint: 'Look at its log and at the memory of this machine, then start it by hand.',
    },
  );
  return over(job, now, { state: 'failed', interruptions, reason, error: error.toJSON() });
}

function over(job: Job, now: string, change: Partial<Job>): Job {
  const { cancelling: _, ...rest } = job;
  return { ...rest, endedAt: now, ...change };
}

function again(job: Job, interruptions: number, now: string, id: string): Job {
  const { startedAt: _started, progress: _progress, ...rest } = job;
  return { ...rest, id, state: 'queued', createdAt: now, attempt: job.attempt + 1, interruptions, retryOf: job.id };
}
