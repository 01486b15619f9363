/**
 * Which queued jobs may start now, by what each claims of its repositories.
 *
 * A job that has to wait keeps its place: one that is behind it, and would be in its way, waits too. So a prune is not put off
 * for ever by one restore after the other, while what does not touch its repositories goes on.
 */
import type { Job, JobAccess, JobKind } from './job.ts';

/** The locks that the engine takes for each kind. */
const accessByKind: Readonly<Record<JobKind, JobAccess>> = {
  backup: 'write',
  copy: 'write',
  restore: 'shared',
  drill: 'shared',
  check: 'shared',
  unlock: 'shared',
  forget: 'exclusive',
  prune: 'exclusive',
  import: 'write',
  verify: 'shared',
  remove: 'exclusive',
  destroy: 'exclusive',
  'remote-create': 'shared',
  'remote-restore': 'shared',
  'remote-import': 'shared',
  download: 'shared',
  ingest: 'write',
};

/**
 * @param queued in the order in which they should start
 * @param running these hold what they claim, however long they take to stop
 * @param mostParallel jobs that may run at the same time, those that run already included
 */
export function startable(queued: Iterable<Job>, running: Iterable<Job>, mostParallel: number): Job[] {
  const held = new Map<string, JobAccess[]>();
  const hold = (job: Job): void => {
    for (const [id, access] of claimsOf(job)) held.set(id, [...(held.get(id) ?? []), access]);
  };
  let free = mostParallel;
  for (const job of running) {
    hold(job);
    free--;
  }
  const starting: Job[] = [];
  for (const job of queued) {
    if (free <= 0) break;
    const isFree = claimsOf(job).every(([id, access]) => !(held.get(id) ?? []).some((other) => clash(access, other)));
    if (isFree) {
      starting.push(job);
      free--;
    }
    hold(job);
  }
  return starting;
}

function claimsOf(job: Job): readonly (readonly [string, JobAccess])[] {
  const access = job.access ?? accessByKind[job.kind];
  const reads = (job.readRepositoryIds ?? []).filter((id) => !job.repositoryIds.includes(id));
  return [...job.repositoryIds.map((id) => [id, access] as const), ...reads.map((id) => [id, 'shared'] as const)];
}

function clash(a: JobAccess, b: JobAccess): boolean {
  return a === 'exclusive' || b === 'exclusive' || (a === 'write' && b === 'write');
}
