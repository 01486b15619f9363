/**
 * What jobs of remotes have begun there, so that one that was interrupted goes on with it and begins nothing twice: a file of the
 * state folder. It is on the disk before anything is asked for.
 */
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { Job } from '../../jobs/job.ts';
import { StateFile, type StateNotice } from '../state/state-file.ts';

const begunSchema = z.object({
  /** ISO time from which on the remote may have got the order, and the backups that were there before. */
  askedAt: z.exactOptional(z.string()),
  knownIds: z.exactOptional(z.array(z.string()).readonly()),
  /** What it made. */
  backupIds: z.exactOptional(z.array(z.string()).readonly()),
  restore: z.exactOptional(z.object({ backupId: z.string(), id: z.exactOptional(z.string()) })),
  /** The file that a download becomes. */
  target: z.exactOptional(z.string()),
});
const fileSchema = z.object({ version: z.literal(1), jobs: z.record(z.string(), begunSchema) });

export type Begun = Readonly<z.output<typeof begunSchema>>;

/** Failed ones stay for who tries them again; the oldest go. */
const mostKept = 200;

export class RemoteJobMemory {
  readonly notices: readonly StateNotice[];
  readonly #file: StateFile<z.output<typeof fileSchema>>;
  #jobs: Map<string, Begun>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: StateFile<z.output<typeof fileSchema>>, jobs: Map<string, Begun>) {
    this.#file = file;
    this.#jobs = jobs;
    this.notices = [...file.notices];
  }

  static async open(path: string, clock: Clock): Promise<RemoteJobMemory> {
    const title = 'What jobs of remotes have begun';
    const file = new StateFile({ path, title, parse: (json) => fileSchema.parse(json), copy: true, clock });
    return new RemoteJobMemory(file, new Map(Object.entries((await file.read())?.jobs ?? {})));
  }

  /** What this job, or the one that it tries again, has begun. It is this one's from now on. */
  async adopt({ id, retryOf }: Pick<Job, 'id' | 'retryOf'>): Promise<Begun> {
    const own = this.#jobs.get(id);
    const before = retryOf === undefined ? undefined : this.#jobs.get(retryOf);
    if (own !== undefined || before === undefined || retryOf === undefined) return own ?? {};
    this.#jobs.delete(retryOf);
    await this.set(id, before);
    return before;
  }

  /** Resolves when it is on the disk. @throws `no-space`, `io` */
  set(jobId: string, begun: Begun): Promise<void> {
    this.#jobs.delete(jobId);
    this.#jobs.set(jobId, begun);
    this.#jobs = new Map([...this.#jobs].slice(-mostKept));
    return this.#write();
  }

  /** It is over, or the remote surely did not get it. */
  async forget(jobId: string): Promise<void> {
    if (this.#jobs.delete(jobId)) await this.#write();
  }

  #write(): Promise<void> {
    const next = this.#writing.then(() => this.#file.write({ version: 1, jobs: Object.fromEntries(this.#jobs) }));
    this.#writing = next.catch(() => undefined);
    return next;
  }
}
