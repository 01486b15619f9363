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

/** Kinds whose work is done elsewhere: they only wait, and take no place from those that work here. */
const waiting: ReadonlySet<JobKind> = new Set(['remote-create', 'remote-restore', 'remote-import']);
const mostWaiting = 32;

/**
 * @param queued in the order in which they should start
 * @param running these hold what they claim, however long they take to stop
 * @param mostParallel jobs that may work here at the same time, those that run already included
 */
export function startable(queued: Iterable<Job>, running: Iterable<Job>, mostParallel: number): Job[] {
  const held = new Map<string, JobAccess[]>();
  const hold = (job: Job): void => {
    for (const [id, access] of claimsOf(job)) held.set(id, [...(held.get(id) ?? []), access]);
  };
  const free = { here: mostParallel, waiting: mostWaiting };
  const placeOf = ({ kind }: Job): keyof typeof free => (waiting.has(kind) ? 'waiting' : 'here');
  for (const job of running) {
    hold(job);
    free[placeOf(job)]--;
  }
  const starting: Job[] = [];
  for (const job of queued) {
    const isFree =
      free[placeOf(job)] > 0 &&
      claimsOf(job).every(([id, access]) => !(held.get(id) ?? []).some((other) => clash(access, other)));
    if (isFree) {
      starting.push(job);
      free[placeOf(job)]--;
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
