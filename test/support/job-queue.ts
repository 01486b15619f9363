/** A queue whose runners do what the test says, with everything that it told. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Job, JobProgress } from '../../src/jobs/job.ts';
import { JobQueue, type JobSpec, type QueueOptions } from '../../src/jobs/queue.ts';
import type { JobOutcome } from '../../src/jobs/running-job.ts';
import { FakeClock } from './fake-clock.ts';

/** A run that the test ends. */
export interface Run {
  readonly job: Job;
  readonly signal: AbortSignal;
  report(progress: JobProgress): void;
  finish(outcome?: JobOutcome): void;
  fail(error: unknown): void;
}

export class QueueRig {
  readonly clock = new FakeClock();
  readonly runs: Run[] = [];
  readonly recorded: Job[] = [];
  readonly told: Job[] = [];
  readonly troubles: unknown[] = [];
  /** What is "on the disk". */
  stored: readonly Job[];
  /** Runners end when they are told to stop. */
  obedient = true;
  readonly queue: JobQueue;

  constructor(stored: readonly Job[] = [], options: Partial<QueueOptions> = {}) {
    this.stored = stored;
    let ids = 0;
    this.queue = new JobQueue({
      clock: this.clock,
      store: {
        load: async () => this.stored,
        save: async (jobs) => {
          this.stored = jobs;
        },
      },
      run: (job, { signal, report }) =>
        new Promise((resolve, reject) => {
          this.runs.push({ job, signal, report, finish: (outcome = {}) => resolve(outcome), fail: reject });
          signal.addEventListener('abort', () => this.obedient && reject(signal.reason), { once: true });
        }),
      record: async (job) => {
        this.recorded.push(job);
      },
      onChange: (job) => this.told.push(job),
      onTrouble: (error) => this.troubles.push(error),
      maxParallel: 4,
      idFactory: () => `job-${++ids}`,
      ...options,
    });
  }

  /** The run of a job, once it has started. */
  async run(id: string): Promise<Run> {
    return eventually(() => this.runs.findLast(({ job }) => job.id === id));
  }

  /** Its record, once there is one. */
  async record(id: string): Promise<Job> {
    return eventually(() => this.recorded.find((job) => job.id === id));
  }

  /** Ids of those that run now, once nothing moves any more. */
  async running(): Promise<string[]> {
    await this.clock.advance(0);
    return this.queue
      .list()
      .filter(({ state }) => state === 'running')
      .map(({ id }) => id);
  }

  async enqueue(spec: Partial<JobSpec> = {}): Promise<string> {
    return (await this.queue.enqueue({ kind: 'backup', trigger: 'schedule', repositoryIds: ['home'], ...spec })).id;
  }
}

/** Waits for turns of the event loop, not for time. */
async function eventually<T>(look: () => T | undefined): Promise<T> {
  for (let turn = 0; turn < 10_000; turn++) {
    const found = look();
    if (found !== undefined) return found;
    await nextTurn();
  }
  throw new Error('It did not happen.');
}
