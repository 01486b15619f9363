/**
 * The backup's workers, by what they are asked for. The first files may be saved on this thread (`nearBytes`): starting
 * threads costs more than a few small files do.
 */
import { ThreadPool } from '../../base/thread-pool.ts';
import { workerEntry } from '../../base/worker-url.ts';
import type { Backend, FinishedPack } from '../../repository/mod.ts';
import type {
  FilesAnswer,
  FilesRequest,
  SharedAnswer,
  SharedRequest,
  StreamAnswer,
  StreamRequest,
  WorkerAnswer,
  WorkerRequest,
  WorkerSetup,
} from './protocol.ts';
import { saverServer } from './saver-server.ts';
import { WorkerState } from './worker-state.ts';

type Threads = ThreadPool<WorkerSetup, WorkerRequest, WorkerAnswer, FinishedPack>;

export interface PoolOptions {
  readonly setup: WorkerSetup;
  /** 0 runs one worker on this thread, on `backend`: for stores that other threads cannot reach. */
  readonly threads: number;
  /** How many bytes of files are saved on this thread before others start. Default: 0. */
  readonly nearBytes?: number;
  readonly backend: Backend;
  readonly onPack: (pack: FinishedPack) => void;
}

export class WorkerPool implements AsyncDisposable {
  readonly #threads: Threads;
  /** One worker on this thread. */
  readonly #near: Threads;
  #nearBytesLeft: number;

  constructor({ setup, threads, nearBytes = 0, backend, onPack }: PoolOptions) {
    const state = new WorkerState(setup.state);
    const poolOf = (count: number): Threads =>
      new ThreadPool({
        entry: workerEntry('backup', import.meta.url),
        setup,
        threads: count,
        inline: (_, emit) => saverServer(setup, backend, emit),
        onEvent: onPack,
        stop: () => state.stop(),
      });
    this.#threads = poolOf(threads);
    this.#near = poolOf(0);
    this.#nearBytesLeft = nearBytes;
  }

  get size(): number {
    return this.#threads.size;
  }

  /** `bytes`: how much there is to read, as far as one knows. */
  async saveFiles(request: FilesRequest, bytes: number): Promise<FilesAnswer> {
    const near = bytes <= this.#nearBytesLeft;
    // After the first that is too much for it, this thread is left to the walk.
    this.#nearBytesLeft = near ? this.#nearBytesLeft - bytes : -1;
    return (await (near ? this.#near : this.#threads).ask(request)) as FilesAnswer;
  }

  /** Workers that have nothing to do. */
  get idle(): number {
    return this.#threads.idle;
  }

  async saveShared(request: SharedRequest): Promise<SharedAnswer> {
    return (await this.#threads.ask(request)) as SharedAnswer;
  }

  /** For content whose pieces go to the same worker. */
  get leastBusy(): number {
    return this.#threads.leastBusy;
  }

  async saveStream(request: StreamRequest, worker: number): Promise<StreamAnswer> {
    return (await this.#threads.askOne(worker, request)) as StreamAnswer;
  }

  /** All that was stored so far is durable, and `onPack` has told so, when it resolves. */
  async flush(): Promise<void> {
    await Promise.all([this.#near, this.#threads].map((pool) => pool.askAll({ kind: 'flush' }, { start: false })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#near, this.#threads].map((pool) => pool[Symbol.asyncDispose]()));
  }
}
