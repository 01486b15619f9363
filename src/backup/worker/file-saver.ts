/**
 * A worker's work: reads files, cuts them into chunks, and stores the chunks that the repository does not have.
 *
 *   for each file
 *     read into the window (kernel memory) until the chunker finds a cut
 *     hash the chunk, claim its id in the shared table
 *     if the claim is ours: append to this worker's pack
 *   answer with table entries; whoever met a chunk first stores it, nobody else does
 *
 * Memory: one window of a bit more than the largest chunk, and the pack writer's. Nothing is allocated per chunk but
 * what the hash returns.
 */
import { hash } from 'node:crypto';
import type { ByteString } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import { type Kernels, loadKernels } from '../../kernels/kernels.ts';
import { type Backend, BlobTable, type FinishedPack, PackWriter } from '../../repository/mod.ts';
import type { FileStat } from '../../source/mod.ts';
import { changedError, expectedOf, OpenFile, problemOf } from './file-reader.ts';
import { LargeFileSaver, largeFileWindowBytes } from './large-file-saver.ts';
import {
  expectedFields,
  type FileProblem,
  type FilesAnswer,
  type FilesRequest,
  type SharedAnswer,
  type SharedRequest,
  type StreamAnswer,
  type StreamRequest,
  type WorkerSetup,
} from './protocol.ts';
import { StreamSaver } from './stream-saver.ts';
import { Successors } from './successors.ts';
import { WorkerState } from './worker-state.ts';

const kib = 1024;
const mib = 1024 * kib;
/** restic's chunker (FORMAT: chunker): a file up to this size is one chunk. */
const minChunkBytes = 512 * kib;
const maxChunkBytes = 8 * mib;
const readStepBytes = 256 * kib;
const kernelMemoryBytes = 34 * mib;
/** A file that keeps changing is read this often; a larger one once, since a second time would be stale as well. */
const attempts = 3;
const rereadUpToBytes = 64 * mib;
/** A file that grows while it is read is read so far beyond its size, so that the reading ends. */
const growthBytes = 64 * mib;

export class FileSaver implements AsyncDisposable {
  readonly #setup: WorkerSetup;
  readonly #kernels: Kernels;
  readonly #table: BlobTable;
  readonly #packs: PackWriter;
  readonly #window: number;
  readonly #state: WorkerState;
  readonly #largeFiles: LargeFileSaver;
  readonly #streams: StreamSaver;
  #addedBlobs = 0;
  #addedBytes = 0;

  constructor(options: {
    readonly setup: WorkerSetup;
    readonly backend: Backend;
    readonly onPack: (pack: FinishedPack) => void;
    readonly signal: AbortSignal;
  }) {
    const { setup, backend, onPack, signal } = options;
    this.#setup = setup;
    this.#kernels = loadKernels({ memoryBytes: kernelMemoryBytes });
    this.#kernels.setPolynomial(setup.polynomial);
    this.#table = BlobTable.attach(setup.table);
    this.#state = new WorkerState(setup.state);
    this.#window = this.#kernels.alloc(largeFileWindowBytes, 4096);
    this.#packs = new PackWriter({
      kernels: this.#kernels,
      key: setup.key,
      backend,
      table: this.#table,
      type: 'data',
      repositoryVersion: setup.repositoryVersion,
      compression: setup.compression,
      packSizeBytes: setup.packSizeBytes,
      maxBlobBytes: maxChunkBytes,
      onPack,
      signal,
    });
    this.#largeFiles = new LargeFileSaver({
      kernels: this.#kernels,
      window: this.#window,
      table: this.#table,
      successors: new Successors(setup.successors),
      store: (start, length) => this.#store(start, length),
      countKnown: (length) => this.#countRead(length),
    });
    this.#streams = new StreamSaver({
      kernels: this.#kernels,
      window: this.#window,
      store: (start, length) => this.#store(start, length),
    });
  }

  async saveFiles(request: FilesRequest): Promise<FilesAnswer> {
    const paths = request.paths.split('\0');
    const counts = new Uint32Array(paths.length);
    const sizes = new Float64Array(paths.length);
    const entries: number[] = [];
    const problems: FileProblem[] = [];
    this.#resetAdded();
    for (const [index, path] of paths.entries()) {
      const before = entries.length;
      try {
        const expected = request.expected.subarray(index * expectedFields, (index + 1) * expectedFields);
        const outcome = await this.#saveFile(path, expected, entries);
        sizes[index] = outcome.bytes;
        if (outcome.stat !== undefined || outcome.unstable) {
          problems.push({
            index,
            unreadable: false,
            ...(outcome.stat === undefined ? {} : { stat: outcome.stat }),
            ...(outcome.unstable ? { error: changedError(path) } : {}),
          });
        }
      } catch (error) {
        entries.length = before;
        problems.push({ index, unreadable: true, error: problemOf(error) });
      }
      counts[index] = entries.length - before;
    }
    const added = { blobs: this.#addedBlobs, bytes: this.#addedBytes };
    return {
      kind: 'files',
      counts,
      entries: Uint32Array.from(entries),
      sizes,
      problems,
      added,
    };
  }

  /** Saves a large file, or part of one (see large-file-saver.ts). */
  async saveShared(request: SharedRequest): Promise<SharedAnswer> {
    this.#resetAdded();
    const saved = await this.#largeFiles.save(request);
    return { kind: 'shared', ...saved, added: { blobs: this.#addedBlobs, bytes: this.#addedBytes } };
  }

  /** Saves a piece of streamed content (see stream-saver.ts). */
  async saveStream(request: StreamRequest): Promise<StreamAnswer> {
    this.#resetAdded();
    const saved = await this.#streams.save(request);
    return { kind: 'stream', ...saved, added: { blobs: this.#addedBlobs, bytes: this.#addedBytes } };
  }

  /** Publishes what is left and waits until all of it is durable. */
  async flush(): Promise<void> {
    await this.#packs.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#packs[Symbol.asyncDispose]();
  }

  #resetAdded(): void {
    this.#addedBlobs = 0;
    this.#addedBytes = 0;
  }

  /**
   * Reads until the stat before equals the stat after, or gives up and says `unstable`. Appends to `entries`.
   * Gives the stat before the reading, if it is another than `expected`.
   */
  async #saveFile(
    path: ByteString,
    expected: BigInt64Array,
    entries: number[],
  ): Promise<{ bytes: number; stat: FileStat | undefined; unstable: boolean }> {
    const before = entries.length;
    let stat: FileStat | undefined;
    for (let attempt = 1; ; attempt++) {
      using file = new OpenFile(path);
      const { bytes, whole } = await this.#saveContent(file, Number(expected[0]), entries);
      const now = file.changed(expected);
      if (now === undefined) return { bytes, stat, unstable: !whole };
      if (attempt === attempts || now.size > rereadUpToBytes) return { bytes, stat, unstable: true };
      stat = now;
      expected = expectedOf(now);
      entries.length = before;
    }
  }

  async #saveContent(
    file: OpenFile,
    expectedSize: number,
    entries: number[],
  ): Promise<{ bytes: number; whole: boolean }> {
    const limit = expectedSize + growthBytes;
    const { u8 } = this.#kernels;
    const window = this.#window;
    let total = 0; // bytes before the window
    let filled = 0;
    let scanned = 0;
    for (;;) {
      // One byte more than expected tells the end of an unchanged small file in a single read.
      const wanted = filled === 0 && total === 0 ? Math.min(expectedSize + 1, minChunkBytes + 1) : readStepBytes;
      const got = file.read(u8, window + filled, wanted, total + filled);
      filled += got;
      const whole = got === 0 || (got < wanted && total + filled === expectedSize);
      const ended = whole || total + filled >= limit;
      for (;;) {
        const length = filled < minChunkBytes ? 0 : this.#kernels.nextCut(window, filled, scanned);
        if (length === 0) break;
        entries.push(await this.#store(window, length));
        u8.copyWithin(window, window + length, window + filled);
        filled -= length;
        total += length;
        scanned = 0;
      }
      scanned = filled;
      if (!ended) continue;
      if (filled > 0) entries.push(await this.#store(window, filled));
      return { bytes: total + filled, whole };
    }
  }

  /** Stores a chunk unless the repository has it; gives its table entry. */
  async #store(start: number, length: number): Promise<number> {
    this.#countRead(length);
    const bytes = new Uint8Array(this.#kernels.memory.buffer, start, length);
    const { entry, fresh } = this.#table.claimDigest('data', hash('sha256', bytes, 'binary'));
    if (!fresh) return entry;
    this.#addedBlobs += 1;
    this.#addedBytes += length;
    if (!this.#setup.dryRun) {
      const appended = this.#packs.append(entry, start, length);
      if (appended !== undefined) await appended;
    }
    return entry;
  }

  #countRead(length: number): void {
    if (this.#state.stopped) throw new HoldfastError('cancelled', 'The backup was cancelled.');
    this.#state.countRead(length);
  }
}
