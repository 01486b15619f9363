/**
 * Hands the content of streams to the workers, which cut, hash and store it.
 *
 *   copy what comes into a shared buffer of 1 MiB; small contents share one
 *   full → to a worker: the one that has the begin of the content, else any
 *   its answer → the buffer is used again, the chunks belong to the contents
 *
 * Memory is bounded by the buffers; who adds waits while all of them are under way.
 */
import { HoldfastError } from '../../base/errors.ts';
import type { WorkerPool } from '../worker/pool.ts';
import type { AddedBlobs, StreamAnswer } from '../worker/protocol.ts';
import { Interruptible } from './interruptible.ts';
import type { StreamedContent } from './streamed-tree.ts';

const bufferBytes = 1024 * 1024;
const mostEnds = 256;
const buffersPerWorker = 2;

export interface StreamFeedOptions {
  readonly pool: Pick<WorkerPool, 'size' | 'leastBusy' | 'saveStream'>;
  readonly signal: AbortSignal;
}

/** A buffer, and whose bytes are in it. */
interface Batch {
  readonly buffer: Uint8Array;
  filled: number;
  readonly ends: number[];
  readonly ended: StreamedContent[];
}

export class StreamFeed implements Disposable {
  readonly #pool: StreamFeedOptions['pool'];
  readonly #failed = new AbortController();
  readonly #interruptible: Interruptible;
  readonly #free: Uint8Array[] = [];
  #batch: Batch | undefined;
  /** The worker that has the begin of the content that is being added. */
  #worker: number | undefined;
  #underWay = 0;
  #wake: () => void = () => {};
  readonly added: { -readonly [K in keyof AddedBlobs]: AddedBlobs[K] } = { blobs: 0, bytes: 0 };

  constructor({ pool, signal }: StreamFeedOptions) {
    this.#pool = pool;
    this.#interruptible = new Interruptible(AbortSignal.any([signal, this.#failed.signal]));
  }

  /** What comes of `items`, until it is done, the run is cancelled or a worker failed. */
  each<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    return this.#interruptible.each(items);
  }

  /** Adds bytes to the content that is being added. */
  async add(bytes: Uint8Array, content: StreamedContent): Promise<void> {
    content.bytes += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const batch = await this.#currentBatch();
      const part = bytes.subarray(at, at + bufferBytes - batch.filled);
      batch.buffer.set(part, batch.filled);
      batch.filled += part.length;
      at += part.length;
      if (batch.filled === bufferBytes) this.#send(batch, content);
    }
  }

  /** The content that was added is whole. */
  async end(content: StreamedContent): Promise<void> {
    const batch = await this.#currentBatch();
    batch.ends.push(batch.filled);
    batch.ended.push(content);
    if (batch.ends.length === mostEnds) this.#send(batch, undefined);
  }

  /** Everything that was added is stored, or waits in a worker's pack, when it resolves. */
  async finish(): Promise<void> {
    if (this.#batch !== undefined) this.#send(this.#batch, undefined);
    while (this.#underWay > 0) await this.#answered();
    this.#interruptible.check();
  }

  [Symbol.dispose](): void {
    this.#interruptible[Symbol.dispose]();
  }

  async #currentBatch(): Promise<Batch> {
    if (this.#batch !== undefined) return this.#batch;
    while (this.#underWay >= buffersPerWorker * this.#pool.size) await this.#answered();
    const buffer = this.#free.pop() ?? new Uint8Array(new SharedArrayBuffer(bufferBytes));
    this.#batch = { buffer, filled: 0, ends: [], ended: [] };
    return this.#batch;
  }

  #answered(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return this.#interruptible.wait(promise);
  }

  /** `open`: the content whose end is still to come. */
  #send(batch: Batch, open: StreamedContent | undefined): void {
    const { buffer, filled, ends } = batch;
    const continues = filled > (ends.at(-1) ?? 0);
    const worker = this.#worker ?? (continues ? this.#pool.leastBusy : undefined);
    this.#batch = undefined;
    this.#worker = continues ? worker : undefined;
    this.#underWay += 1;
    this.#pool
      .saveStream({ kind: 'stream', buffer, filled, ends: Uint32Array.from(ends) }, worker)
      .then((answer) => this.#settle(batch, open, answer))
      .catch((error: unknown) => this.#failed.abort(error))
      .finally(() => {
        this.#underWay -= 1;
        this.#wake();
      });
  }

  #settle({ buffer, ended }: Batch, open: StreamedContent | undefined, answer: StreamAnswer): void {
    this.#free.push(buffer);
    this.added.blobs += answer.added.blobs;
    this.added.bytes += answer.added.bytes;
    let at = 0;
    for (const [index, content] of ended.entries()) {
      const end = answer.ends[index]!;
      append(content, answer.entries.subarray(at, end));
      at = end;
    }
    if (at === answer.entries.length) return;
    if (open === undefined) throw new HoldfastError('internal', 'A worker cut more than it was given.');
    append(open, answer.entries.subarray(at));
  }
}

/** A new array is just as long as it must be (a pushed one has room for 17), and most contents are one chunk. */
function append(content: StreamedContent, entries: Uint32Array): void {
  content.entries = content.entries.length === 0 ? Array.of(...entries) : content.entries.concat(...entries);
}
