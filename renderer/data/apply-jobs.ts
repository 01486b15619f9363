/** Jobs as events tell of them, put into the answers that show jobs. */
import type { QueryClient } from '@tanstack/react-query';
import type { CallAnswer } from './agent-call.ts';

export type JobView = CallAnswer<'jobs', 'get'>;
type StatusView = CallAnswer<'agent', 'status'>;
type PlanView = StatusView['plans'][number];

export function applyJobs(queryClient: QueryClient, jobs: readonly JobView[]): void {
  if (jobs.length === 0) return;
  const byId = new Map(jobs.map((job) => [job.id, job]));
  for (const job of jobs) {
    // Only where somebody looks: an agent has thousands of them.
    queryClient.setQueryData<JobView>(['jobs', 'get', { params: { id: job.id } }], (known) => known && job);
  }
  queryClient.setQueryData<JobView[]>(['jobs', 'list'], (list) => list && withJobs(list, byId));
  queryClient.setQueryData<PlanView[]>(['plans', 'list'], (plans) => plans?.map((plan) => withActive(plan, jobs)));
  queryClient.setQueryData<StatusView>(
    ['agent', 'status'],
    (status) =>
      status && {
        ...status,
        jobs: withJobs(status.jobs, byId),
        plans: status.plans.map((plan) => withActive(plan, jobs)),
      },
  );
}

/** Active jobs only: changed ones replaced, new ones added, ended ones left out. */
function withJobs(list: readonly JobView[], byId: ReadonlyMap<string, JobView>): JobView[] {
  const known = new Set(list.map(({ id }) => id));
  const added = [...byId.values()].filter(({ id }) => !known.has(id));
  return [...list.map((job) => byId.get(job.id) ?? job), ...added].filter(isActive);
}

/** Its state is left to the agent, which tells of a changed one. */
function withActive(view: PlanView, jobs: readonly JobView[]): PlanView {
  const job = jobs.find(({ planId, state }) => planId === view.plan.id && state === 'running');
  return job === undefined ? view : { ...view, activeJob: job };
}

function isActive({ state }: JobView): boolean {
  return state === 'running' || state === 'queued';
}
