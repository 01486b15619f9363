/** Which of the past jobs are asked for. Pure. */
import type { Job, JobKind, JobState } from '../../jobs/job.ts';

export interface HistoryFilter {
  readonly planId?: string | undefined;
  readonly remoteId?: string | undefined;
  readonly kind?: JobKind | undefined;
  readonly state?: JobState | undefined;
  /** One that it worked on or read from. */
  readonly repositoryId?: string | undefined;
  /** Part of a name, a reason, an error or a warning; upper and lower case are the same. */
  readonly text?: string | undefined;
}

export function matches(job: Job, { planId, remoteId, kind, state, repositoryId, text }: HistoryFilter): boolean {
  return (
    (planId === undefined || job.planId === planId) &&
    (remoteId === undefined || job.remoteId === remoteId) &&
    (kind === undefined || job.kind === kind) &&
    (state === undefined || job.state === state) &&
    (repositoryId === undefined || repositoriesOf(job).includes(repositoryId)) &&
    (text === undefined || hasText(job, text.toLowerCase()))
  );
}

export function repositoriesOf({ repositoryIds, readRepositoryIds = [] }: Job): readonly string[] {
  return [...repositoryIds, ...readRepositoryIds];
}

/** A quick no from the raw JSON of many jobs: false means that none of them has the text. */
export function rawMayHaveText(raw: string, text: string): boolean {
  return raw.toLowerCase().includes(JSON.stringify(text.toLowerCase()).slice(1, -1));
}

function hasText(job: Job, lowerText: string): boolean {
  const fields = [
    job.id,
    job.planName,
    job.remoteName,
    job.reason,
    job.error?.message,
    job.error?.hint,
    ...(job.warnings ?? []),
  ];
  return fields.some((field) => field?.toLowerCase().includes(lowerText));
}
