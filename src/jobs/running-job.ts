/**
 * One run of a job, from its start to what became of it.
 *
 *     the runner answers     ─► done, or skipped if it says so (also when it was told to stop too late to matter)
 *     it throws, cancelled   ─► cancelled
 *     it throws, for later   ─► queued, as before it started
 *     it throws              ─► failed, with the error
 */
import type { Clock } from '../base/clock.ts';
import { HoldfastError, serializedError } from '../base/errors.ts';
import type { Job, JobProgress, JobResult } from './job.ts';
import { ProgressFeed } from './progress-feed.ts';

/** What a runner answers. */
export interface JobOutcome {
  /** `skipped` needs a `reason`. `done` unless given. */
  readonly state?: 'done' | 'skipped';
  readonly reason?: string;
  readonly result?: JobResult;
  readonly problems?: number;
  readonly warnings?: readonly string[];
}

export interface JobContext {
  /** Aborts on `cancel` and `drain`; a runner stops within a second, and throws its reason. */
  readonly signal: AbortSignal;
  /** It was cancelled, and not merely stopped to be gone on with later. */
  isCancelled(): boolean;
  /** As often as the runner likes. */
  report(progress: JobProgress): void;
}

export type JobRunner = (job: Job, context: JobContext) => Promise<JobOutcome>;

export interface RunOptions {
  readonly clock: Clock;
  readonly run: JobRunner;
  readonly onProgress: (job: Job) => void;
}

export class RunningJob {
  /** Resolves, never rejects: the job as it ended, or `queued` if it was stopped for later. */
  readonly ended: Promise<Job>;
  readonly #options: RunOptions;
  readonly #stop = new AbortController();
  readonly #feed: ProgressFeed;
  readonly #queued: Job;
  readonly #startedAt: string;
  #job: Job;
  #cancelReason: string | undefined;

  /** Starts it. */
  constructor(queued: Job, options: RunOptions) {
    this.#options = options;
    this.#queued = queued;
    this.#startedAt = options.clock.now().toISOString();
    this.#job = { ...queued, state: 'running', startedAt: this.#startedAt };
    this.#feed = new ProgressFeed(options.clock, () => options.onProgress(this.job));
    this.ended = this.#run();
  }

  /** As it is now, with its progress. */
  get job(): Job {
    const { progress } = this.#feed;
    return this.#job.state === 'running' && progress !== undefined ? { ...this.#job, progress } : this.#job;
  }

  cancel(reason: string): void {
    if (this.#job.state !== 'running' || this.#cancelReason !== undefined) return;
    this.#cancelReason = reason;
    this.#job = { ...this.#job, cancelling: true, reason };
    this.#stop.abort(new HoldfastError('cancelled', reason));
  }

  /** It goes back to the queue when it has stopped. */
  stopForLater(): void {
    this.#stop.abort(new HoldfastError('cancelled', 'The agent is about to end.'));
  }

  async #run(): Promise<Job> {
    const context: JobContext = {
      signal: this.#stop.signal,
      isCancelled: () => this.#cancelReason !== undefined,
      report: (progress) => this.#feed.report(progress),
    };
    try {
      // The caller has it in its books before the first line of the runner.
      await Promise.resolve();
      this.#stop.signal.throwIfAborted();
      this.#job = this.#done(await this.#options.run(this.#job, context));
    } catch (error) {
      this.#job = this.#failed(error);
    } finally {
      this.#feed.close();
    }
    return this.#job;
  }

  #done(outcome: JobOutcome): Job {
    const { state = 'done', reason, result, problems = this.#feed.progress?.problems, warnings } = outcome;
    return {
      ...this.#over(),
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(result === undefined ? {} : { result }),
      ...(problems === undefined ? {} : { problems }),
      ...(warnings === undefined ? {} : { warnings }),
    };
  }

  #failed(error: unknown): Job {
    if (this.#cancelReason !== undefined) return { ...this.#over(), state: 'cancelled', reason: this.#cancelReason };
    if (this.#stop.signal.aborted) return this.#queued;
    const problems = this.#feed.progress?.problems;
    return {
      ...this.#over(),
      state: 'failed',
      error: serializedError(error),
      ...(problems === undefined ? {} : { problems }),
    };
  }

  /** Without what is of interest only while it runs. */
  #over(): Job {
    const {
      secondsLeft: _left,
      bytesPerSecond: _rate,
      currentPath: _path,
      waiting: _waiting,
      ...progress
    } = this.#feed.progress ?? {};
    return {
      ...this.#queued,
      startedAt: this.#startedAt,
      endedAt: this.#options.clock.now().toISOString(),
      ...(Object.keys(progress).length === 0 ? {} : { progress }),
    };
  }
}
