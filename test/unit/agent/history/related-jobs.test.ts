import { expect, it } from 'vitest';
import { relatedJobs } from '../../../../src/agent/history/related-jobs.ts';
import type { Job } from '../../../../src/jobs/job.ts';
import { jobOf } from '../plan-for-tests.ts';

const never = new AbortController().signal;

/** A history whose pages hold one job each, newest first. */
function historyOf(jobs: readonly Job[]) {
  const read: string[] = [];
  return {
    read,
    get: async (id: string) => jobs.find((job) => job.id === id),
    list: async ({ cursor = '0' }: { readonly cursor?: string | undefined }) => {
      const at = Number(cursor);
      const job = jobs[at];
      read.push(...(job === undefined ? [] : [job.id]));
      return { jobs: job === undefined ? [] : [job], ...(at + 1 < jobs.length ? { next: String(at + 1) } : {}) };
    },
  };
}

it('finds what follows a job and what tries it again, in the queue and in the history, and reads no further than it must', async () => {
  const job = jobOf({ id: 'b' });
  const copy = jobOf({ id: 'c', kind: 'copy', followsJob: 'b' });
  const retry = jobOf({ id: 'd', retryOf: 'b', state: 'running' });
  const other = jobOf({ id: 'e', followsJob: 'x', state: 'queued' });
  const old = (id: string) => jobOf({ id, endedAt: '2026-02-01T12:00:00.000Z' });
  const history = historyOf([copy, job, old('a2'), old('a1')]);
  const related = await relatedJobs({ queue: { all: () => [retry, other, { ...copy }] }, history }, job, never);
  expect(related).toEqual({ jobs: [copy, retry], complete: true });
  expect(history.read).toEqual(['c', 'b', 'a2']);
});

it('is not complete before the job is in the history', async () => {
  const queue = { all: () => [] };
  expect(await relatedJobs({ queue, history: historyOf([]) }, jobOf(), never)).toEqual({ jobs: [], complete: false });
});
