/**
 * How each repository grew: one point after every backup, copy, check and prune, for charts; a file for each repository. A point stays
 * as it was measured, whatever is forgotten later.
 *
 * Thinned as it grows, so that a file stays small however often a plan runs: every point of the last day, one an hour of the last
 * 90 days, one a week before that; the last of each span stays. As disposable as the rest of the history.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Low } from 'lowdb';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { migrate } from '../../config/migrations.ts';
import { idSchema } from '../../config/plan.ts';
import { StateFile, type StateNotice } from '../state/state-file.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const allForMs = dayMs;
const hourlyForMs = 90 * dayMs;

/** Loose: what a newer version adds to a point stays when this one writes the file. */
const pointSchema = z.looseObject({
  /** ISO time. */
  time: z.iso.datetime(),
  snapshots: z.int().min(0),
  blobs: z.int().min(0),
  /** Before and after deduplication's and compression's work: what the blobs hold, and what they take. */
  plainBytes: z.int().min(0),
  packedBytes: z.int().min(0),
  /** All snapshots together, as they would be restored: may be more than whole numbers can tell apart. Not known of points from before it was measured. */
  heldBytes: z.number().min(0).optional(),
});
const fileSchema = z.object({ version: z.literal(1), points: z.array(pointSchema) });
type PointsFile = z.infer<typeof fileSchema>;

export type StatisticsPoint = z.infer<typeof pointSchema>;

export interface StatisticsOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly onNotice: (notice: StateNotice) => void;
}

export class Statistics {
  readonly #options: StatisticsOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: StatisticsOptions) {
    this.#options = options;
  }

  /** @throws HoldfastError `no-space`, `permission`, `io` */
  append(repositoryId: string, point: StatisticsPoint): Promise<void> {
    const next = this.#last.then(async () => {
      const low = await this.#read(repositoryId);
      low.data.points = thinned([...low.data.points, point], this.#options.clock.now().getTime());
      await low.write();
    });
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Oldest first. */
  async series(repositoryId: string): Promise<readonly StatisticsPoint[]> {
    return (await this.#read(repositoryId)).data.points;
  }

  /** The repository is gone: one that gets its id later starts anew. */
  remove(repositoryId: string): Promise<void> {
    const next = this.#last.then(() => rm(this.#pathOf(repositoryId), { force: true }));
    this.#last = next.catch(() => undefined);
    return next;
  }

  #pathOf(repositoryId: string): string {
    return join(this.#options.folder, `statistics-${idSchema.parse(repositoryId)}.json`);
  }

  async #read(repositoryId: string): Promise<Low<PointsFile>> {
    const file = new StateFile<PointsFile>({
      path: this.#pathOf(repositoryId),
      title: 'The statistics of a repository',
      parse: (json) => fileSchema.parse(migrate(json, [])),
      clock: this.#options.clock,
    });
    const low = new Low<PointsFile>(file, { version: 1, points: [] });
    await low.read();
    for (const notice of file.notices) this.#options.onNotice(notice);
    return low;
  }
}

/** @param points oldest first */
function thinned(points: readonly StatisticsPoint[], nowMs: number): StatisticsPoint[] {
  const spanOf = ({ time }: StatisticsPoint): string => {
    const ms = Date.parse(time);
    if (nowMs - ms < allForMs) return time;
    return nowMs - ms < hourlyForMs ? `hour ${Math.floor(ms / hourMs)}` : `week ${Math.floor(ms / (7 * dayMs))}`;
  };
  return points.filter((point, at) => {
    const next = points[at + 1];
    return next === undefined || spanOf(next) !== spanOf(point);
  });
}
