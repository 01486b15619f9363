/** `jobs`: queued, running and past ones, their logs, cancelling and trying again. */
import { HoldfastError } from '../../../base/errors.ts';
import type { contract } from '../../../control/contract.ts';
import { isEnded, type Job } from '../../../jobs/job.ts';
import type { AgentParts } from '../../agent-parts.ts';
import { relatedJobs } from '../../history/related-jobs.ts';
import type { HandlersOf } from '../mount.ts';

export function jobHandlers({ queue, history, logs }: AgentParts): HandlersOf<typeof contract>['jobs'] {
  const find = async (id: string): Promise<Job> => {
    const job = queue.get(id) ?? (await history.get(id));
    if (job !== undefined) return job;
    throw new HoldfastError('not-found', `There is no job "${id}".`, {
      hint: '`holdfast job list` shows those that run, `holdfast history` past ones.',
      context: { jobId: id },
    });
  };
  return {
    list: () => queue.list().map((job) => ({ ...job })),
    history: async ({ query }, { signal }) => {
      const { jobs, next } = await history.list(query, signal);
      return { jobs: [...jobs], ...(next === undefined ? {} : { next }) };
    },
    get: ({ params }) => find(params.id),
    related: async ({ params }, { signal }) => relatedJobs({ queue, history }, await find(params.id), signal),
    cancel: async ({ params }) => {
      const job = await find(params.id);
      if (!isEnded(job)) return queue.cancel(params.id);
      throw new HoldfastError('conflict', `The job "${params.id}" has ended already: ${job.state}.`);
    },
    cancelAll: () => queue.cancelAll(),
    retry: async ({ params }) => {
      const job = await find(params.id);
      if (!isEnded(job)) throw new HoldfastError('conflict', `The job "${params.id}" has not ended yet.`);
      const {
        kind,
        planId,
        planName,
        remoteId,
        remoteName,
        repositoryIds,
        readRepositoryIds,
        input,
        id: retryOf,
      } = job;
      return queue.enqueue({
        kind,
        trigger: 'manual',
        repositoryIds,
        input,
        retryOf,
        ...(planId === undefined ? {} : { planId }),
        ...(planName === undefined ? {} : { planName }),
        ...(remoteId === undefined ? {} : { remoteId }),
        ...(remoteName === undefined ? {} : { remoteName }),
        ...(readRepositoryIds === undefined ? {} : { readRepositoryIds }),
      });
    },
    log: async ({ params, query }, { signal }) => {
      await find(params.id);
      return logs.readLog(params.id, query, signal);
    },
    problems: async ({ params, query }, { signal }) => {
      await find(params.id);
      return logs.readProblems(params.id, query, signal);
    },
  };
}
