/**
 * The fixed pool of workers that read and store files.
 *
 * Requests go to the worker with the fewest open ones. A worker that fails or dies rejects everything that is open, and
 * everything after. Disposing closes workers within a second: what they had not published is dropped.
 */
import { Worker } from 'node:worker_threads';
import type { Backend } from '../../backend/backend.ts';
import { HoldfastError } from '../../base/errors.ts';
import { workerEntry } from '../../base/worker-url.ts';
import type { FinishedPack } from '../../repository/mod.ts';
import type {
  FilesAnswer,
  FilesRequest,
  FlushRequest,
  SharedAnswer,
  SharedRequest,
  WorkerAnswer,
  WorkerMessage,
  WorkerRequest,
  WorkerSetup,
} from './protocol.ts';
import { serve } from './serve.ts';
import { WorkerState } from './worker-state.ts';

export interface PoolOptions {
  readonly setup: WorkerSetup;
  /** 0 runs one worker inline on this thread, on `backend`: for stores that other threads cannot reach. */
  readonly threads: number;
  readonly backend: Backend;
  readonly onPack: (pack: FinishedPack) => void;
}

interface Member {
  post(request: WorkerRequest | 'close', transfer?: ArrayBuffer[]): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
  kill(): Promise<unknown>;
  open: number;
}

interface Waiting {
  readonly member: Member;
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: unknown) => void;
}

type WithoutId<T> = Omit<T, 'request'>;
const closeWithinMs = 700;

export class WorkerPool implements AsyncDisposable {
  readonly #members: Member[];
  readonly #waiting = new Map<number, Waiting>();
  readonly #onPack: (pack: FinishedPack) => void;
  readonly #state: WorkerState;
  #requests = 0;
  #failure: { readonly error: unknown } | undefined;
  #closing = false;

  constructor(options: PoolOptions) {
    this.#onPack = options.onPack;
    this.#state = new WorkerState(options.setup.state);
    this.#members =
      options.threads === 0
        ? [this.#inline(options)]
        : Array.from({ length: options.threads }, () => this.#thread(options.setup));
  }

  get size(): number {
    return this.#members.length;
  }

  /** The open requests of the least busy worker: hand out more while it is small. */
  get leastOpen(): number {
    return Math.min(...this.#members.map((member) => member.open));
  }

  async saveFiles(request: WithoutId<FilesRequest>): Promise<FilesAnswer> {
    const member = this.#members.reduce((least, other) => (other.open < least.open ? other : least));
    const answer = await this.#ask(member, { ...request, request: this.#requests++ }, [
      request.expected.buffer as ArrayBuffer,
    ]);
    return answer as FilesAnswer;
  }

  /** Every worker takes part in it. */
  async saveShared(request: WithoutId<SharedRequest>): Promise<SharedAnswer[]> {
    const asked = this.#members.map((member) => this.#ask(member, { ...request, request: this.#requests++ }));
    return (await Promise.all(asked)) as SharedAnswer[];
  }

  /** All that was stored so far is durable, and `onPack` has told so, when it resolves. */
  async flush(): Promise<void> {
    const flush: WithoutId<FlushRequest> = { kind: 'flush' };
    await Promise.all(this.#members.map((member) => this.#ask(member, { ...flush, request: this.#requests++ })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#state.stop();
    for (const member of this.#members) member.post('close');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), closeWithinMs);
    });
    const outcome = await Promise.race([Promise.all(this.#members.map((member) => member.ended)), late]);
    clearTimeout(timer);
    if (outcome === 'late') await Promise.all(this.#members.map((member) => member.kill()));
    this.#fail(new HoldfastError('internal', 'The workers were closed.'));
  }

  #ask(member: Member, request: WorkerRequest, transfer: ArrayBuffer[] = []): Promise<WorkerAnswer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.request, { member, resolve, reject });
      member.open += 1;
      member.post(request, transfer);
    });
  }

  #receive(message: WorkerMessage): void {
    if (message.kind === 'packs') {
      for (const pack of message.packs) this.#onPack(pack);
      return;
    }
    if (message.kind === 'failed') {
      this.#fail(HoldfastError.fromJSON(message.error));
      return;
    }
    const waiting = this.#waiting.get(message.request);
    if (waiting === undefined) return;
    this.#waiting.delete(message.request);
    waiting.member.open -= 1;
    waiting.resolve(message);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure.error);
    this.#waiting.clear();
  }

  #thread(setup: WorkerSetup): Member {
    const worker = new Worker(workerEntry('backup', import.meta.url), {
      workerData: setup,
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.on('message', (message: WorkerMessage) => this.#receive(message));
    worker.on('error', (cause) =>
      this.#fail(new HoldfastError('internal', `A backup worker failed: ${cause.message}`, { cause })),
    );
    worker.on('exit', (code) => {
      if (!this.#closing) this.#fail(new HoldfastError('internal', `A backup worker ended by itself (code ${code}).`));
    });
    return {
      post: (request, transfer) => worker.postMessage(request, transfer),
      ended,
      kill: () => worker.terminate(),
      open: 0,
    };
  }

  #inline({ setup, backend }: PoolOptions): Member {
    const ended = Promise.withResolvers<void>();
    const abort = new AbortController();
    const post = (message: WorkerMessage) => this.#receive(message);
    const server = serve({ setup, backend, post, signal: abort.signal });
    return {
      post(request) {
        if (request === 'close') void server.close().finally(ended.resolve);
        else void server.handle(request);
      },
      ended: ended.promise,
      kill: async () => abort.abort(),
      open: 0,
    };
  }
}
