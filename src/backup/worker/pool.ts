/** The backup's workers, by what they are asked for. The first files may be saved on this thread (`nearBytes`). */
import { NearThreads, type WorkSize } from '../../base/near-threads.ts';
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

export interface PoolOptions {
  readonly setup: WorkerSetup;
  /** 0 runs one worker on this thread, on `backend`: for stores that other threads cannot reach. */
  readonly threads: number;
  /** How many bytes are saved on this thread before others start (near-threads.ts). Default: 0. */
  readonly nearBytes?: number;
  readonly backend: Backend;
  readonly onPack: (pack: FinishedPack) => void;
}

export class WorkerPool implements AsyncDisposable {
  readonly #threads: NearThreads<WorkerSetup, WorkerRequest, WorkerAnswer, FinishedPack>;

  constructor({ setup, threads, nearBytes = 0, backend, onPack }: PoolOptions) {
    const state = new WorkerState(setup.state);
    this.#threads = new NearThreads({
      entry: workerEntry('backup', import.meta.url),
      setup,
      threads,
      nearBytes,
      inline: (_, emit, killed) => saverServer(setup, backend, emit, killed),
      onEvent: onPack,
      stop: () => state.stop(),
    });
  }

  get size(): number {
    return this.#threads.size;
  }

  async saveFiles(request: FilesRequest, size: WorkSize): Promise<FilesAnswer> {
    return (await this.#threads.ask(request, size)) as FilesAnswer;
  }

  /** Workers that have nothing to do. */
  get idle(): number {
    return this.#threads.idle;
  }

  async saveShared(request: SharedRequest): Promise<SharedAnswer> {
    return (await this.#threads.ask(request, { files: 1, bytes: Number.POSITIVE_INFINITY })) as SharedAnswer;
  }

  /** For content whose pieces go to the same worker. */
  get leastBusy(): number {
    return this.#threads.leastBusy;
  }

  /** @param worker the one that has the begin of the first content or is to get the rest of the last; none where all are whole */
  async saveStream(request: StreamRequest, worker: number | undefined): Promise<StreamAnswer> {
    const size = { files: request.ends.length, bytes: request.filled };
    const answer = worker === undefined ? this.#threads.ask(request, size) : this.#threads.askOne(worker, request);
    return (await answer) as StreamAnswer;
  }

  /** All that was stored so far is durable, and `onPack` has told so, when it resolves. */
  async flush(): Promise<void> {
    await this.#threads.askStarted({ kind: 'flush' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }
}
