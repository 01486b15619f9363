/**
 * A fixed pool of worker threads that answer requests: bounded concurrency across cores.
 *
 * Each worker answers its requests one after the other, or a few at a time (thread-server.ts). A worker that fails or dies rejects everything that is open and
 * everything after. Threads start with the first request, so that work that needs none costs none. Disposing raises the
 * stop flag, which workers look at between pieces of work (they are too busy to get messages), and closes them within a
 * second: what they did not finish is dropped.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { HoldfastError, type SerializedError } from './errors.ts';
import { serveRequests, type ThreadServer } from './thread-server.ts';

/** What a thread sends back. `event` is anything beside answers. */
export type ThreadMessage<Answer, Event> =
  | { readonly request: number; readonly answer: Answer }
  | { readonly event: Event }
  | { readonly failed: SerializedError };

/** What a thread gets. */
export type ThreadRequest<Request> = { readonly request: number; readonly body: Request } | 'close';

export interface ThreadPoolOptions<Setup, Request, Answer, Event> {
  /** The worker's entry file (worker-url.ts). */
  readonly entry: URL;
  /** Goes to each worker as `workerData`. */
  readonly setup: Setup;
  /** 0 runs one worker on this thread, made by `inline`. */
  readonly threads: number;
  /** `killed` is aborted where a thread would be ended in the middle of its work. */
  readonly inline: (setup: Setup, emit: (event: Event) => void, killed: AbortSignal) => ThreadServer<Request, Answer>;
  readonly onEvent?: (event: Event) => void;
  /** Makes the workers stop soon; see StopFlag. */
  readonly stop: () => void;
}

interface Member<Request> {
  post(message: ThreadRequest<Request>, transfer?: readonly ArrayBuffer[]): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
  kill(): Promise<unknown>;
  open: number;
}

interface Waiting<Request, Answer> {
  readonly member: Member<Request>;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

const closeWithinMs = 700;
/** For a worker on this thread, once it was told to give up what it waits for. */
const giveUpWithinMs = 200;
/** Small young generations: the workers' garbage is short strings, and memory counts once a core. */
const maxYoungGenerationSizeMb = 2;
/** Far above what they need; V8 lets the heap grow more slowly under a small limit. */
const maxOldGenerationSizeMb = 256;

export class ThreadPool<Setup, Request, Answer, Event = never> implements AsyncDisposable {
  readonly #options: ThreadPoolOptions<Setup, Request, Answer, Event>;
  #members: Member<Request>[] = [];
  readonly #waiting = new Map<number, Waiting<Request, Answer>>();
  #requests = 0;
  #failure: { readonly error: unknown } | undefined;
  #closing = false;

  constructor(options: ThreadPoolOptions<Setup, Request, Answer, Event>) {
    this.#options = options;
  }

  /** How many workers there are (or will be). */
  get size(): number {
    return Math.max(1, this.#options.threads);
  }

  /** How many workers have nothing to do; those that are not started yet count. */
  get idle(): number {
    return this.size - this.#members.filter((member) => member.open > 0).length;
  }

  /** Asks the least busy worker. */
  async ask(body: Request, transfer: readonly ArrayBuffer[] = []): Promise<Answer> {
    return this.askOne(this.leastBusy, body, transfer);
  }

  /** The number of the least busy worker, for requests that one worker must get. */
  get leastBusy(): number {
    const open = this.#members.map((member) => member.open);
    return open.length === 0 ? 0 : open.indexOf(Math.min(...open));
  }

  /** Asks the worker with that number (0 … size - 1). */
  async askOne(worker: number, body: Request, transfer: readonly ArrayBuffer[] = []): Promise<Answer> {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#ask(this.#started()[worker]!, body, transfer);
  }

  /** Asks every worker, and waits for all answers. No worker answers if none was started. */
  async askAll(body: Request, options: { readonly start: boolean }): Promise<Answer[]> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const members = options.start ? this.#started() : this.#members;
    return Promise.all(members.map((member) => this.#ask(member, body, [])));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#options.stop();
    for (const member of this.#members) member.post('close');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), closeWithinMs);
    });
    const outcome = await Promise.race([Promise.all(this.#members.map((member) => member.ended)), late]);
    clearTimeout(timer);
    if (outcome === 'late') await Promise.all(this.#members.map((member) => member.kill()));
    this.#fail(closedError());
  }

  #started(): Member<Request>[] {
    if (this.#closing) throw closedError();
    if (this.#members.length === 0) {
      const { threads } = this.#options;
      this.#members = threads === 0 ? [this.#inline()] : Array.from({ length: threads }, () => this.#thread());
    }
    return this.#members;
  }

  #ask(member: Member<Request>, body: Request, transfer: readonly ArrayBuffer[]): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    const request = this.#requests++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, { member, resolve, reject });
      member.open += 1;
      member.post({ request, body }, transfer);
    });
  }

  #receive(message: ThreadMessage<Answer, Event>): void {
    if ('event' in message) {
      this.#options.onEvent?.(message.event);
      return;
    }
    if ('failed' in message) {
      this.#fail(HoldfastError.fromJSON(message.failed));
      return;
    }
    const waiting = this.#waiting.get(message.request);
    if (waiting === undefined) return;
    this.#waiting.delete(message.request);
    waiting.member.open -= 1;
    waiting.resolve(message.answer);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure.error);
    this.#waiting.clear();
  }

  #thread(): Member<Request> {
    const { entry, setup } = this.#options;
    const worker = new Worker(entry, {
      workerData: setup,
      resourceLimits: { maxYoungGenerationSizeMb, maxOldGenerationSizeMb },
    });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.on('message', (message: ThreadMessage<Answer, Event>) => this.#receive(message));
    worker.on('error', (cause: Error) =>
      this.#fail(new HoldfastError('internal', `A worker thread failed: ${cause.message}`, { cause })),
    );
    worker.on('exit', (code) => {
      if (!this.#closing) this.#fail(new HoldfastError('internal', `A worker thread ended by itself (code ${code}).`));
    });
    return {
      post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
      ended,
      kill: () => worker.terminate(),
      open: 0,
    };
  }

  #inline(): Member<Request> {
    const ended = Promise.withResolvers<void>();
    const emit = (event: Event): void => this.#receive({ event });
    const killed = new AbortController();
    const server = this.#options.inline(this.#options.setup, emit, killed.signal);
    const handle = serveRequests(server, (message) => this.#receive(message), ended.resolve);
    const kill = async (): Promise<void> => {
      killed.abort(closedError());
      await Promise.race([ended.promise, sleep(giveUpWithinMs)]);
    };
    return { post: handle, ended: ended.promise, kill, open: 0 };
  }
}

function closedError(): HoldfastError {
  return new HoldfastError('internal', 'The worker threads were closed.');
}
