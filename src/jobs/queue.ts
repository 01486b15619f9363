/**
 * The queue: every job from when it is asked for until it is recorded.
 *
 *     enqueue ─► queued ─► (its repositories are free, and a place) ─► running ─► ended ─► recorded, forgotten here
 *
 * Guarantees: one writer for each repository at a time, other repositories in parallel; what was asked for by hand goes first;
 * a job is on the disk when `enqueue` resolves, and is not gone from there before its record is; a job that does not stop when it
 * is told to keeps its repositories until it does. A disk that refuses stops nothing: `onTrouble` hears of it, and the next
 * change of state writes again.
 */
import type { Clock } from '../base/clock.ts';
import { HoldfastError } from '../base/errors.ts';
import { startable } from './claims.ts';
import { coalesced, type MergeInputs, mergeEqual } from './coalesce.ts';
import { isEnded, type Job } from './job.ts';
import { jobIdFactory } from './job-id.ts';
import { recover } from './recovery.ts';
import { type JobRunner, RunningJob } from './running-job.ts';

/** How long `cancel` waits for a job to stop, and `drain` for all of them. */
const cancelMs = 1000;
const drainMs = 5000;

/** What is asked for; the queue adds the rest. */
export type JobSpec = Pick<Job, 'kind' | 'trigger' | 'repositoryIds'> &
  Partial<
    Pick<
      Job,
      | 'planId'
      | 'planName'
      | 'remoteId'
      | 'remoteName'
      | 'readRepositoryIds'
      | 'access'
      | 'input'
      | 'attempt'
      | 'retryOf'
      | 'followsJob'
      | 'reason'
    >
  >;

export interface QueueOptions {
  readonly clock: Clock;
  /** Where the jobs that are not over yet are kept. */
  readonly store: ActiveJobs;
  readonly run: JobRunner;
  /** Keeps an ended job for good. May be called twice for the same one (after a kill between this and the store). */
  readonly record: (job: Job) => Promise<void>;
  /** Every new state, and progress at most four times a second. */
  readonly onChange: (job: Job) => void;
  /** The store or the record could not be written; what is running goes on. */
  readonly onTrouble: (error: unknown) => void;
  readonly maxParallel: number;
  readonly idFactory?: () => string;
  /** One input for two runs of a kind, for instance of two lists of changed folders. */
  readonly mergeInputs?: MergeInputs;
}

export interface ActiveJobs {
  load(): Promise<readonly Job[]>;
  /** Resolves when these, or later ones, are on the disk. */
  save(jobs: readonly Job[]): Promise<void>;
}

export class JobQueue {
  readonly #options: QueueOptions;
  readonly #newId: () => string;
  #queued = new Map<string, Job>();
  readonly #running = new Map<string, RunningJob>();
  /** Over, and not recorded yet. */
  readonly #ended = new Map<string, Job>();
  /** Ends that are being recorded; `drain` waits for them. */
  readonly #ending = new Set<Promise<void>>();
  #recording: Promise<void> = Promise.resolve();
  #maxParallel: number;
  #phase: 'new' | 'open' | 'draining' = 'new';

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#newId = options.idFactory ?? jobIdFactory(options.clock);
    this.#maxParallel = options.maxParallel;
  }

  /**
   * Takes up the jobs that were left (recovery.ts) and begins to run. What was enqueued before waits until now.
   *
   * @throws what `store.load` throws
   */
  async start(): Promise<void> {
    const stored = await this.#options.store.load();
    const { queued, ended } = recover(stored, this.#now(), this.#newId);
    this.#queued = new Map([...queued, ...this.#queued.values()].map((job) => [job.id, job]));
    for (const job of ended) this.#ended.set(job.id, job);
    this.#phase = 'open';
    for (const job of [...ended, ...queued]) this.#tell(job);
    await this.#recordEnded();
    this.#startNext();
  }

  /** Running, then queued in the order in which they will be tried. */
  list(): readonly Job[] {
    return [...Array.from(this.#running.values(), ({ job }) => job), ...this.#inOrder()];
  }

  /** All of them, also those that are over and not recorded yet. */
  all(): readonly Job[] {
    return [...this.list(), ...this.#ended.values()];
  }

  get(id: string): Job | undefined {
    return this.#running.get(id)?.job ?? this.#queued.get(id) ?? this.#ended.get(id);
  }

  setMaxParallel(jobs: number): void {
    this.#maxParallel = jobs;
    this.#startNext();
  }

  /** The new job, or the queued one that does the same (coalesce.ts). While draining it is kept for the next start. */
  async enqueue(spec: JobSpec): Promise<Job> {
    const wanted = this.#create(spec, 'queued');
    const job = coalesced(this.#queued.values(), wanted, this.#options.mergeInputs ?? mergeEqual) ?? wanted;
    this.#queued.set(job.id, job);
    this.#tell(job);
    await this.#save();
    this.#startNext();
    return this.get(job.id) ?? job;
  }

  /** Records a run that is not to be: a condition does not hold. */
  async skip(spec: JobSpec, reason: string): Promise<Job> {
    const job: Job = { ...this.#create(spec, 'skipped'), endedAt: this.#now(), reason };
    await this.#end(job);
    return job;
  }

  /**
   * Resolves within a second. The job that comes back is `cancelled`, or ended before that, or still `running` and `cancelling`:
   * it was told, and keeps its repositories until it stops.
   *
   * @throws HoldfastError `not-found` if it is neither queued nor running
   */
  async cancel(id: string, reason = 'Cancelled by the user.'): Promise<Job> {
    const queued = this.#queued.get(id);
    if (queued !== undefined) return this.#cancelQueued(queued, reason);
    const running = this.#running.get(id);
    if (running === undefined) {
      throw new HoldfastError('not-found', `No job "${id}" is queued or running`, { context: { id } });
    }
    running.cancel(reason);
    this.#tell(running.job);
    void this.#save();
    await this.#within(cancelMs, running.ended);
    return running.job;
  }

  /** Cancels all jobs, or those that `which` says (those of a plan that is deleted). Resolves within a second. */
  async cancelAll(reason?: string, which: (job: Job) => boolean = () => true): Promise<Job[]> {
    return Promise.all(
      this.list()
        .filter(which)
        .map(({ id }) => this.cancel(id, reason)),
    );
  }

  /**
   * For the end of the agent: starts nothing any more, tells what runs to stop and waits for that, five seconds at most. What
   * stopped is queued as it was; what did not will be found interrupted.
   *
   * @returns the jobs that have not stopped
   */
  async drain(signal: AbortSignal): Promise<readonly Job[]> {
    this.#phase = 'draining';
    for (const running of this.#running.values()) running.stopForLater();
    const runs = Array.from(this.#running.values(), ({ ended }) => ended);
    const all = Promise.allSettled(runs).then(() => Promise.allSettled(this.#ending));
    await this.#within(drainMs, all, signal);
    return Array.from(this.#running.values(), ({ job }) => job);
  }

  #create(spec: JobSpec, state: Job['state']): Job {
    return { input: {}, attempt: 1, ...spec, id: this.#newId(), state, createdAt: this.#now() };
  }

  #inOrder(): Job[] {
    const jobs = [...this.#queued.values()];
    return [...jobs.filter(isManual), ...jobs.filter((job) => !isManual(job))];
  }

  #startNext(): void {
    if (this.#phase !== 'open') return;
    for (const job of startable(this.#inOrder(), this.#runningJobs(), this.#maxParallel)) this.#run(job);
  }

  #runningJobs(): Job[] {
    return Array.from(this.#running.values(), ({ job }) => job);
  }

  #run(queued: Job): void {
    this.#queued.delete(queued.id);
    const { clock, run } = this.#options;
    const running = new RunningJob(queued, { clock, run, onProgress: (job) => this.#tell(job) });
    this.#running.set(queued.id, running);
    this.#tell(running.job);
    void this.#save();
    const ending = running.ended.then((job) => this.#leave(job));
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }

  /** A run is over: its repositories are free. */
  async #leave(job: Job): Promise<void> {
    this.#running.delete(job.id);
    if (isEnded(job)) return this.#end(job);
    // Stopped for later: it keeps its place before all that came after it.
    this.#queued = new Map([[job.id, job], ...this.#queued]);
    this.#tell(job);
    await this.#save();
  }

  async #end(job: Job): Promise<void> {
    this.#ended.set(job.id, job);
    this.#tell(job);
    this.#startNext();
    await this.#save();
    await this.#recordEnded();
  }

  async #cancelQueued(queued: Job, reason: string): Promise<Job> {
    this.#queued.delete(queued.id);
    const job: Job = { ...queued, state: 'cancelled', endedAt: this.#now(), reason };
    const ending = this.#end(job);
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
    await this.#within(cancelMs, ending);
    return job;
  }

  /** One after the other. Those that could not be recorded are tried again at the next end, and at the next start. */
  #recordEnded(): Promise<void> {
    this.#recording = this.#recording.then(() => this.#recordAll());
    return this.#recording;
  }

  async #recordAll(): Promise<void> {
    for (const job of [...this.#ended.values()]) {
      try {
        await this.#options.record(job);
        this.#ended.delete(job.id);
      } catch (error) {
        this.#options.onTrouble(error);
      }
    }
    await this.#save();
  }

  async #save(): Promise<void> {
    if (this.#phase === 'new') return;
    try {
      await this.#options.store.save([...this.#ended.values(), ...this.#runningJobs(), ...this.#queued.values()]);
    } catch (error) {
      this.#options.onTrouble(error);
    }
  }

  #tell(job: Job): void {
    try {
      this.#options.onChange(job);
    } catch (error) {
      this.#options.onTrouble(error);
    }
  }

  /** Waits for `work`, but no longer than `ms`. */
  async #within(ms: number, work: Promise<unknown>, signal?: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const either = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
    const timer = this.#options.clock.sleep(ms, either).catch(() => undefined);
    await Promise.race([work, timer]);
    stop.abort();
  }

  #now(): string {
    return this.#options.clock.now().toISOString();
  }
}

function isManual({ trigger }: Job): boolean {
  return trigger === 'manual';
}
