/** The backup's workers, by what they are asked for. */
import { ThreadPool } from '../../base/thread-pool.ts';
import { workerEntry } from '../../base/worker-url.ts';
import type { Backend, FinishedPack } from '../../repository/mod.ts';
import type {
  FilesAnswer,
  FilesRequest,
  SharedAnswer,
  SharedRequest,
  WorkerAnswer,
  WorkerRequest,
  WorkerSetup,
} from './protocol.ts';
import { saverServer } from './saver-server.ts';
import { WorkerState } from './worker-state.ts';

export interface PoolOptions {
  readonly setup: WorkerSetup;
  /** 0 runs one worker on this thread, on `backend`: for stores that other threads cannot reach. */
  readonly threads: number;
  readonly backend: Backend;
  readonly onPack: (pack: FinishedPack) => void;
}

export class WorkerPool implements AsyncDisposable {
  readonly #threads: ThreadPool<WorkerSetup, WorkerRequest, WorkerAnswer, FinishedPack>;

  constructor({ setup, threads, backend, onPack }: PoolOptions) {
    const state = new WorkerState(setup.state);
    this.#threads = new ThreadPool({
      entry: workerEntry('backup', import.meta.url),
      setup,
      threads,
      inline: (_, emit) => saverServer(setup, backend, emit),
      onEvent: onPack,
      stop: () => state.stop(),
    });
  }

  get size(): number {
    return this.#threads.size;
  }

  async saveFiles(request: FilesRequest): Promise<FilesAnswer> {
    return (await this.#threads.ask(request)) as FilesAnswer;
  }

  /** Workers that have nothing to do. */
  get idle(): number {
    return this.#threads.idle;
  }

  async saveShared(request: SharedRequest): Promise<SharedAnswer> {
    return (await this.#threads.ask(request)) as SharedAnswer;
  }

  /** All that was stored so far is durable, and `onPack` has told so, when it resolves. */
  async flush(): Promise<void> {
    await this.#threads.askAll({ kind: 'flush' }, { start: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }
}
