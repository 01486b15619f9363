/** Times of jobs. Pure. */
import type { JobView } from '../../data/apply-jobs.ts';

export function isActive({ state }: Pick<JobView, 'state'>): boolean {
  return state === 'queued' || state === 'running';
}

/** How long it ran; undefined for one that has not ended, or was never started. */
export function secondsOf({ startedAt, endedAt }: Pick<JobView, 'startedAt' | 'endedAt'>): number | undefined {
  if (startedAt === undefined || endedAt === undefined) return undefined;
  return Math.max(0, (Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
}
