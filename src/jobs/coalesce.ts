/** Whether a job that is asked for is in the queue already. */
import { isDeepStrictEqual } from 'node:util';
import type { Job, JobInput } from './job.ts';

/** Runs of these are worth one of their kind at a time; a restore or an unlock was asked for as it is. */
const mergeable = new Set(['backup', 'copy', 'forget', 'prune', 'check', 'drill', 'ingest']);

/** One input that does the work of both, or undefined if there is none. */
export type MergeInputs = (queued: Job, input: JobInput) => JobInput | undefined;

/** Equal inputs alone. */
export const mergeEqual: MergeInputs = (queued, input) =>
  isDeepStrictEqual(queued.input, input) ? queued.input : undefined;

/**
 * The queued job that does the work of `wanted` as well, changed so that it does: of the same kind, plan and repositories.
 * It is `manual` if either is.
 */
export function coalesced(queued: Iterable<Job>, wanted: Job, merge: MergeInputs): Job | undefined {
  if (!mergeable.has(wanted.kind)) return undefined;
  for (const job of queued) {
    if (job.kind !== wanted.kind || job.planId !== wanted.planId) continue;
    if (!isDeepStrictEqual([...job.repositoryIds].sort(), [...wanted.repositoryIds].sort())) continue;
    const input = merge(job, wanted.input);
    if (input === undefined) continue;
    return { ...job, input, trigger: wanted.trigger === 'manual' ? 'manual' : job.trigger };
  }
  return undefined;
}
