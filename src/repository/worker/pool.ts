/** The workers of check and prune, by what they are asked for. */
import { availableParallelism } from 'node:os';
import { littleBytes } from '../../base/near-threads.ts';
import { StopFlag } from '../../base/stop-flag.ts';
import { ThreadPool } from '../../base/thread-pool.ts';
import { workerEntry } from '../../base/worker-url.ts';
import { defaultPackSizeBytes } from '../pack-writer.ts';
import type { Repository } from '../repository.ts';
import type {
  CheckAnswer,
  CheckRequest,
  CopiedPack,
  CopyAnswer,
  CopyRequest,
  WorkerAnswer,
  WorkerRequest,
  WorkerSetup,
} from './protocol.ts';
import { repositoryServer } from './server.ts';

export interface RepositoryPoolOptions {
  readonly repository: Repository;
  /** Unless given: none for little (`bytes`), else as many as cores, at least 2. 0 works on this thread: for stores that other threads cannot reach. */
  readonly threads: number | undefined;
  /** How much there is to read, as far as one knows. */
  readonly bytes: number;
  readonly packSizeBytes?: number;
  readonly onPack?: (pack: CopiedPack) => void;
  /** Makes workers stop between pieces of work; what is open is then rejected. */
  readonly signal: AbortSignal;
}

export class RepositoryPool implements AsyncDisposable {
  readonly #threads: ThreadPool<WorkerSetup, WorkerRequest, WorkerAnswer, CopiedPack>;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;

  constructor({ repository, threads, bytes, packSizeBytes, onPack, signal }: RepositoryPoolOptions) {
    const stop = new StopFlag();
    const setup: WorkerSetup = {
      place: repository.backend.place,
      key: repository.key,
      table: repository.index.blobs.shared,
      stop: stop.shared,
      packSizeBytes: packSizeBytes ?? defaultPackSizeBytes,
    };
    this.#threads = new ThreadPool({
      entry: workerEntry('repository', import.meta.url),
      setup,
      threads: threads ?? (bytes <= littleBytes ? 0 : Math.max(2, availableParallelism())),
      inline: (_, emit, killed) => repositoryServer(setup, repository.backend, emit, killed),
      stop: () => stop.raise(),
      ...(onPack === undefined ? {} : { onEvent: onPack }),
    });
    this.#signal = signal;
    this.#onAbort = () => stop.raise();
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** How many requests are worth having open. */
  get depth(): number {
    return 2 * this.#threads.size;
  }

  async check(request: CheckRequest): Promise<CheckAnswer> {
    return (await this.#ask(request)) as CheckAnswer;
  }

  async copy(request: CopyRequest): Promise<CopyAnswer> {
    return (await this.#ask(request)) as CopyAnswer;
  }

  /** All that was copied so far is durable, and `onPack` has told so, when it resolves. */
  async flush(): Promise<void> {
    try {
      await this.#threads.askAll({ kind: 'flush' }, { start: false });
    } finally {
      this.#signal.throwIfAborted();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    await this.#threads[Symbol.asyncDispose]();
  }

  async #ask(request: WorkerRequest): Promise<WorkerAnswer> {
    this.#signal.throwIfAborted();
    try {
      return await this.#threads.ask(request);
    } catch (error) {
      this.#signal.throwIfAborted(); // workers that were stopped say so in their own words
      throw error;
    }
  }
}
