/**
 * Where the queue's jobs lie while they are not over: jobs.json by lowdb.
 *
 * Guarantees: a save that resolved is on the disk. Saves that come while one is written become one; the newest wins. Progress
 * is not written: it would be a write a second for nothing.
 */
import { Low } from 'lowdb';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { migrate } from '../../config/migrations.ts';
import type { Job } from '../../jobs/job.ts';
import { storedJobSchema } from '../../jobs/job-schema.ts';
import type { ActiveJobs } from '../../jobs/queue.ts';
import type { DurableCalls } from '../../platform/durable-file.ts';
import { StateFile, type StateNotice } from './state-file.ts';

const fileSchema = z.object({ version: z.literal(1), jobs: z.array(storedJobSchema) });
type JobsFile = { version: 1; jobs: readonly Job[] };

export interface JobsStoreOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly calls?: DurableCalls;
}

export class JobsStore implements ActiveJobs {
  readonly #file: StateFile<JobsFile>;
  readonly #low: Low<JobsFile>;
  #next: readonly Job[] | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: JobsStoreOptions) {
    const parse = (json: unknown): JobsFile => fileSchema.parse(migrate(json, []));
    this.#file = new StateFile<JobsFile>({ ...options, title: 'The queue', parse, copy: true });
    this.#low = new Low<JobsFile>(this.#file, { version: 1, jobs: [] });
  }

  /** What `load` found wrong. */
  get notices(): readonly StateNotice[] {
    return this.#file.notices;
  }

  /** @throws HoldfastError `unsupported`, `permission`, `io` */
  async load(): Promise<readonly Job[]> {
    await this.#low.read();
    return this.#low.data.jobs;
  }

  /** @throws HoldfastError `no-space`, `permission`, `io`: the file is as it was */
  save(jobs: readonly Job[]): Promise<void> {
    const isFirst = this.#next === undefined;
    this.#next = jobs.map(({ progress: _, ...job }) => job);
    // The write that waits takes the newest.
    if (isFirst || this.#writing === undefined) {
      const before = this.#writing ?? Promise.resolve();
      this.#writing = before.catch(() => undefined).then(() => this.#write());
    }
    return this.#writing;
  }

  async #write(): Promise<void> {
    this.#low.data = { version: 1, jobs: this.#next ?? [] };
    this.#next = undefined;
    await this.#low.write();
  }
}
