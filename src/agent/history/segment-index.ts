/**
 * What is known of a segment without reading it, so that a search skips those that hold nothing of interest. Pure.
 * The index is a cache: it is made again from the segments when it is missing or torn.
 */
import { z } from 'zod';
import { migrate } from '../../config/migrations.ts';
import { type Job, jobKinds, jobStates } from '../../jobs/job.ts';
import { type HistoryFilter, repositoriesOf } from './filter.ts';

const groupSchema = z.object({
  planId: z.exactOptional(z.string()),
  kind: z.enum(jobKinds),
  state: z.enum(jobStates),
  jobs: z.int().min(1),
});

const entrySchema = z.object({
  /** The file's name: number and month. */
  name: z.string(),
  jobs: z.int().min(0),
  /** ISO times of the first and the last end. */
  firstEnd: z.string(),
  lastEnd: z.string(),
  /** The least and the greatest id. */
  ids: z.tuple([z.string(), z.string()]),
  /** How many there are of each plan, kind and state together. */
  groups: z.array(groupSchema),
  repositoryIds: z.array(z.string()),
});

const indexSchema = z.object({ version: z.literal(1), segments: z.array(entrySchema) });

export type SegmentEntry = z.infer<typeof entrySchema>;
export type SegmentIndex = z.infer<typeof indexSchema>;

export function parseIndex(json: unknown): SegmentIndex {
  return indexSchema.parse(migrate(json, []));
}

/** @param jobs of one segment, in the order in which they were recorded */
export function entryOf(name: string, jobs: readonly Job[]): SegmentEntry {
  const groups = new Map<string, SegmentEntry['groups'][number]>();
  for (const { planId, kind, state } of jobs) {
    const key = JSON.stringify([planId, kind, state]);
    const group = groups.get(key) ?? { ...(planId === undefined ? {} : { planId }), kind, state, jobs: 0 };
    groups.set(key, { ...group, jobs: group.jobs + 1 });
  }
  const ids = jobs.map(({ id }) => id).sort();
  return {
    name,
    jobs: jobs.length,
    firstEnd: jobs[0]?.endedAt ?? '',
    lastEnd: jobs.at(-1)?.endedAt ?? '',
    ids: [ids[0] ?? '', ids.at(-1) ?? ''],
    groups: [...groups.values()],
    repositoryIds: [...new Set(jobs.flatMap(repositoriesOf))],
  };
}

/** False: no job of the segment matches. */
export function mayMatch(entry: SegmentEntry, { planId, kind, state, repositoryId }: HistoryFilter): boolean {
  return (
    (repositoryId === undefined || entry.repositoryIds.includes(repositoryId)) &&
    entry.groups.some(
      (group) =>
        (planId === undefined || group.planId === planId) &&
        (kind === undefined || group.kind === kind) &&
        (state === undefined || group.state === state),
    )
  );
}

export function mayHoldId({ ids: [least, greatest] }: SegmentEntry, id: string): boolean {
  return least <= id && id <= greatest;
}
