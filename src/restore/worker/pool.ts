/** The restore's workers, by what they are asked for. The first files may be restored on this thread (`nearBytes`). */
import { NearThreads, type WorkSize } from '../../base/near-threads.ts';
import { StopFlag } from '../../base/stop-flag.ts';
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
  /** How many bytes are restored on this thread before others start (near-threads.ts). */
  readonly nearBytes: number;
  readonly backend: Backend;
}

export class WorkerPool implements AsyncDisposable {
  readonly #threads: NearThreads<WorkerSetup, WorkerRequest, WorkerAnswer>;

  constructor({ setup, threads, nearBytes, backend }: PoolOptions) {
    const flag = new StopFlag(setup.stop);
    this.#threads = new NearThreads({
      entry: workerEntry('restore', import.meta.url),
      setup,
      threads,
      nearBytes,
      inline: (_, _emit, killed) => restorerServer(setup, backend, killed),
      stop: () => flag.raise(),
    });
  }

  get size(): number {
    return this.#threads.size;
  }

  async restoreFiles(request: FilesRequest, size: WorkSize): Promise<FilesAnswer> {
    return (await this.#threads.ask(request, size)) as FilesAnswer;
  }

  async restoreSegment(request: SegmentRequest): Promise<SegmentAnswer> {
    return (await this.#threads.ask(request, { files: 1, bytes: Number.POSITIVE_INFINITY })) as SegmentAnswer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }
}
