/** The restore's workers, by what they are asked for. */
import { StopFlag } from '../../base/stop-flag.ts';
import { ThreadPool } from '../../base/thread-pool.ts';
import { workerEntry } from '../../base/worker-url.ts';
import type { Backend } from '../../repository/mod.ts';
import type {
  FilesAnswer,
  FilesRequest,
  SegmentAnswer,
  SegmentRequest,
  WorkerAnswer,
  WorkerRequest,
  WorkerSetup,
} from './protocol.ts';
import { restorerServer } from './restorer-server.ts';

export interface PoolOptions {
  readonly setup: WorkerSetup;
  /** 0 runs one worker on this thread, on `backend`: for stores that other threads cannot reach. */
  readonly threads: number;
  readonly backend: Backend;
}

export class WorkerPool implements AsyncDisposable {
  readonly #threads: ThreadPool<WorkerSetup, WorkerRequest, WorkerAnswer>;

  constructor({ setup, threads, backend }: PoolOptions) {
    const flag = new StopFlag(setup.stop);
    this.#threads = new ThreadPool({
      entry: workerEntry('restore', import.meta.url),
      setup,
      threads,
      inline: () => restorerServer(setup, backend),
      stop: () => flag.raise(),
    });
  }

  get size(): number {
    return this.#threads.size;
  }

  async restoreFiles(request: FilesRequest): Promise<FilesAnswer> {
    return (await this.#threads.ask(request)) as FilesAnswer;
  }

  async restoreSegment(request: SegmentRequest): Promise<SegmentAnswer> {
    return (await this.#threads.ask(request)) as SegmentAnswer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }
}
