/**
 * Collects files into batches for the workers, and brings what came of them back to whoever asked.
 *
 * A batch holds about 8 MiB or 512 files. At most three batches wait at each worker, so that memory stays bounded and a
 * cancel is quick; the walk waits (`roomy`) until there is room. Large files go through all workers in segments.
 */
import type { ByteString } from '../base/byte-string.ts';
import { HoldfastError, type SerializedError } from '../base/errors.ts';
import type { SharedCounter } from '../base/shared-counter.ts';
import type { Node } from '../format/tree.ts';
import type { Repository } from '../repository/mod.ts';
import { restoreLargeFile } from './large-file.ts';
import { attributesOf, type ItemAttributes } from './node-attributes.ts';
import { OtherCopies } from './other-copies.ts';
import type { WorkerPool } from './worker/pool.ts';
import {
  type FilesRequest,
  type FileWork,
  fileOutcome,
  fileWork,
  numbersPerFile,
  type RareAttributes,
  timesPerFile,
} from './worker/protocol.ts';

/** `different`: of `compare` only. `unset`: an attribute could not be set. */
export type FileResult =
  | { readonly outcome: 'written' | 'equal' | 'different'; readonly unset?: SerializedError | undefined }
  | { readonly outcome: 'failed'; readonly error: SerializedError };

export interface QueuedFile {
  readonly path: ByteString;
  readonly node: Node;
  readonly work: FileWork;
  /** Called once. */
  readonly done: (result: FileResult) => void;
}

/** A file with its blobs found. */
export interface LocatedFile extends QueuedFile {
  readonly entries: Uint32Array;
  /** Plain bytes of these. */
  readonly size: number;
  readonly attributes: ItemAttributes;
  /** How often it was tried. */
  attempts: number;
}

const mib = 1024 * 1024;
const batchBytes = 8 * mib;
const batchFiles = 512;
const largeFromBytes = 16 * mib;
const openPerWorker = 3;
const int64Max = 2n ** 63n - 1n;
const outcomes = ['failed', 'written', 'equal', 'different'] as const;

export interface FileQueueOptions {
  readonly pool: WorkerPool;
  readonly index: Repository['index'];
  /** Bytes of files that are not done yet, for progress. */
  readonly written: SharedCounter;
  readonly verify: boolean;
  /** Called whenever something changed that `roomy`, `idle` or `throwFailure` tell. */
  readonly wake: () => void;
  readonly signal: AbortSignal;
}

export class FileQueue {
  readonly #options: FileQueueOptions;
  readonly #copies: OtherCopies;
  #batch: LocatedFile[] = [];
  #batchBytes = 0;
  #open = 0;
  #failure: { readonly error: unknown } | undefined;
  /** Files whose content was read back. */
  verified = 0;

  constructor(options: FileQueueOptions) {
    this.#options = options;
    this.#copies = new OtherCopies(options.index);
  }

  /** True while more files may be added. */
  get roomy(): boolean {
    return this.#open < openPerWorker * this.#options.pool.size;
  }

  /** True when every file that was added is done. */
  get idle(): boolean {
    return this.#open === 0 && this.#batch.length === 0;
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  add(file: QueuedFile): void {
    const located = this.#locate(file);
    if (located !== undefined) this.#start(located);
  }

  #start(located: LocatedFile): void {
    if (located.size >= largeFromBytes) {
      this.#run(this.#restoreLarge(located));
      return;
    }
    this.#batch.push(located);
    this.#batchBytes += located.size;
    if (this.#batchBytes >= batchBytes || this.#batch.length >= batchFiles) this.send();
  }

  /** Sends the files that wait for a full batch. */
  send(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#run(this.#restoreBatch(batch));
  }

  #locate(file: QueuedFile): LocatedFile | undefined {
    const table = this.#options.index.blobs;
    const content = file.node.content ?? [];
    const entries = new Uint32Array(content.length);
    let size = 0;
    for (const [at, id] of content.entries()) {
      const entry = table.find('data', id);
      if (entry < 0 || table.isPending(entry)) {
        const error = new HoldfastError('not-found', `The data blob ${id} is in no index of the repository.`, {
          hint: 'Run check; if packs are there that the index misses, repair index finds them.',
          context: { blob: id, blobType: 'data' },
        });
        file.done({ outcome: 'failed', error: error.toJSON() });
        return undefined;
      }
      entries[at] = entry;
      size += table.plainLength(entry);
    }
    return { ...file, entries, size, attributes: attributesOf(file.node), attempts: 0 };
  }

  #run(work: Promise<void>): void {
    this.#open += 1;
    work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#open -= 1;
        this.#options.wake();
      });
  }

  async #restoreBatch(batch: readonly LocatedFile[]): Promise<void> {
    const { pool, written } = this.#options;
    const bytes = batch.reduce((sum, { size }) => sum + size, 0);
    const answer = await pool.restoreFiles(requestOf(batch), { files: batch.length, bytes });
    written.add(-answer.written);
    const problems = new Map(answer.problems.map(({ index, error }) => [index, error]));
    for (const [index, file] of batch.entries()) {
      const outcome = outcomes[answer.outcomes[index] ?? fileOutcome.failed] ?? 'failed';
      const error = problems.get(index);
      const failed = outcome === 'failed';
      this.#settle(file, failed ? { outcome, error: error ?? unexplained.toJSON() } : { outcome, unset: error });
    }
  }

  async #restoreLarge(file: LocatedFile): Promise<void> {
    const { pool, index, written, verify, signal } = this.#options;
    let counted = 0;
    const result = await restoreLargeFile({
      file,
      pool,
      table: index.blobs,
      verify,
      signal,
      onWritten: (bytes) => {
        counted += bytes;
      },
      onEqual: (bytes) => {
        counted += bytes;
        written.add(bytes);
      },
    });
    written.add(-counted);
    this.#settle(file, result);
  }

  #settle(file: LocatedFile, result: FileResult): void {
    file.attempts += 1;
    if (result.outcome === 'failed' && this.#copies.turn(result.error, file.attempts)) {
      this.#start(file);
      return;
    }
    if (result.outcome === 'written' && this.#options.verify) this.verified += 1;
    file.done(result);
  }
}

const unexplained = new HoldfastError('internal', 'A file was not restored, and no reason was given.');

function requestOf(batch: readonly LocatedFile[]): FilesRequest {
  const numbers = new Uint32Array(batch.length * numbersPerFile);
  const times = new BigInt64Array(batch.length * timesPerFile);
  const entries = new Uint32Array(batch.reduce((sum, file) => sum + file.entries.length, 0));
  const rare: RareAttributes[] = [];
  let at = 0;
  for (const [index, file] of batch.entries()) {
    const { mode = 0, uid, gid, atimeNs, mtimeNs, xattrs } = file.attributes;
    numbers.set([fileWork[file.work], file.entries.length, mode, uid, gid], index * numbersPerFile);
    times[index * timesPerFile] = atimeNs;
    times[index * timesPerFile + 1] = mtimeNs;
    if (xattrs.length > 0 || overflows(atimeNs) || overflows(mtimeNs)) rare.push({ index, xattrs, atimeNs, mtimeNs });
    entries.set(file.entries, at);
    at += file.entries.length;
  }
  return { kind: 'files', paths: batch.map(({ path }) => path).join('\0'), numbers, times, entries, rare };
}

/** Nanoseconds beyond 64 bits: before 1677 or after 2262. */
function overflows(ns: bigint): boolean {
  return ns > int64Max || ns < -int64Max;
}
