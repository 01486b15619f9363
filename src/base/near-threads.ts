/**
 * A thread pool whose first work is done on this thread, while it is little: starting threads costs a tenth of a second of processor each,
 * more than some small files do.
 */
import { ThreadPool, type ThreadPoolOptions } from './thread-pool.ts';

/** So much is some milliseconds' work, which does not hold up whatever else the caller's thread has to do. */
export const littleBytes = 1024 * 1024;
/** What a file costs besides its bytes: as much as so many of them. */
const bytesPerFile = 4096;

export interface NearThreadsOptions<Setup, Request, Answer, Event>
  extends ThreadPoolOptions<Setup, Request, Answer, Event> {
  /** How much is done on this thread before others start, in bytes; each file counts 4 KiB more. */
  readonly nearBytes: number;
}

/** How much there is to do, as far as one knows. */
export interface WorkSize {
  readonly files: number;
  readonly bytes: number;
}

export class NearThreads<Setup, Request, Answer, Event = never> implements AsyncDisposable {
  readonly #threads: ThreadPool<Setup, Request, Answer, Event>;
  /** One worker on this thread. */
  readonly #near: ThreadPool<Setup, Request, Answer, Event>;
  #bytesLeft: number;

  constructor({ nearBytes, ...options }: NearThreadsOptions<Setup, Request, Answer, Event>) {
    this.#threads = new ThreadPool(options);
    this.#near = new ThreadPool({ ...options, threads: 0 });
    this.#bytesLeft = nearBytes;
  }

  /** How many threads there are (or will be). */
  get size(): number {
    return this.#threads.size;
  }

  /** Threads that have nothing to do. */
  get idle(): number {
    return this.#threads.idle;
  }

  /** The number of the least busy thread, for requests that one thread must get. */
  get leastBusy(): number {
    return this.#threads.leastBusy;
  }

  /** Asks this thread, or the least busy other. */
  async ask(request: Request, { files, bytes }: WorkSize): Promise<Answer> {
    const cost = bytes + files * bytesPerFile;
    const near = cost <= this.#bytesLeft;
    // After the first that is too much for it, this thread is left to whatever else it has to do.
    this.#bytesLeft = near ? this.#bytesLeft - cost : -1;
    return (near ? this.#near : this.#threads).ask(request);
  }

  /** Asks the thread with that number (0 … size - 1). */
  async askOne(thread: number, request: Request): Promise<Answer> {
    return this.#threads.askOne(thread, request);
  }

  /** Asks all that were asked before, and waits for their answers. */
  async askStarted(request: Request): Promise<void> {
    await Promise.all([this.#near, this.#threads].map((pool) => pool.askAll(request, { start: false })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#near, this.#threads].map((pool) => pool[Symbol.asyncDispose]()));
  }
}
