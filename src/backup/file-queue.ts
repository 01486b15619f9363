/**
 * Collects files into batches for the workers, and brings what they answer back to whoever asked.
 *
 * A batch holds about 3 MiB or 256 files. At most two batches wait at each worker, so that memory stays bounded and a
 * cancel is quick; the walk waits (`roomy`) until there is room. Large files are read by all workers together.
 */
import type { ByteString } from '../base/byte-string.ts';
import type { SerializedError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import type { BlobTable } from '../repository/mod.ts';
import type { FileStat } from '../source/mod.ts';
import { changedError, expectedOf, expectStat, sameFile } from './worker/file-reader.ts';
import type { WorkerPool } from './worker/pool.ts';
import { type AddedBlobs, expectedFields, type FileProblem, type SharedAnswer } from './worker/protocol.ts';
import { SharedCursor } from './worker/shared-cursor.ts';

/** What came of one file. */
export interface SavedFile {
  readonly content: readonly Id[];
  /** Bytes read. */
  readonly bytes: number;
  /** The file's stat before it was read, where that was another than the scan saw. */
  readonly stat: FileStat | undefined;
  /** With `content` undefined the file is not in the snapshot; else it is, but changed while it was read. */
  readonly error: SerializedError | undefined;
}

export interface QueuedFile {
  readonly path: ByteString;
  readonly stat: FileStat;
  /** Called once; `undefined` content in the answer means that the file could not be read at all. */
  readonly done: (file: Omit<SavedFile, 'content'> & { readonly content: readonly Id[] | undefined }) => void;
}

const mib = 1024 * 1024;
const batchBytes = 3 * mib;
const batchFiles = 256;
const sharedFromBytes = 16 * mib;
const openPerWorker = 3;

export class FileQueue {
  readonly #pool: WorkerPool;
  readonly #table: BlobTable;
  readonly #wake: () => void;
  #batch: QueuedFile[] = [];
  #batchBytes = 0;
  #open = 0;
  #failure: { readonly error: unknown } | undefined;
  readonly added = { blobs: 0, bytes: 0 };

  /** `wake` is called whenever something changed that `roomy`, `idle` or `throwFailure` tell. */
  constructor(pool: WorkerPool, table: BlobTable, wake: () => void) {
    this.#pool = pool;
    this.#table = table;
    this.#wake = wake;
  }

  /** True while more files may be added. */
  get roomy(): boolean {
    return this.#open < openPerWorker * this.#pool.size;
  }

  /** True when every file that was added is done. */
  get idle(): boolean {
    return this.#open === 0 && this.#batch.length === 0;
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  add(file: QueuedFile): void {
    if (file.stat.size >= sharedFromBytes) {
      this.#run(this.#saveShared(file));
      return;
    }
    this.#batch.push(file);
    this.#batchBytes += file.stat.size;
    if (this.#batchBytes >= batchBytes || this.#batch.length >= batchFiles) this.send();
  }

  /** Sends the files that wait for a full batch. */
  send(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#run(this.#saveBatch(batch));
  }

  #run(work: Promise<void>): void {
    this.#open += 1;
    work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#open -= 1;
        this.#wake();
      });
  }

  async #saveBatch(batch: readonly QueuedFile[]): Promise<void> {
    const expected = new BigInt64Array(batch.length * expectedFields);
    for (const [index, file] of batch.entries()) expectStat(file.stat, expected, index * expectedFields);
    const paths = batch.map((file) => file.path).join('\0');
    const answer = await this.#pool.saveFiles({ kind: 'files', paths, expected });
    this.#count(answer.added);
    const problems = new Map(answer.problems.map((problem) => [problem.index, problem]));
    let at = 0;
    for (const [index, file] of batch.entries()) {
      const next = at + answer.counts[index]!;
      this.#finish(file, answer.entries.subarray(at, next), answer.sizes[index]!, problems.get(index));
      at = next;
    }
  }

  async #saveShared(file: QueuedFile): Promise<void> {
    const { shared } = SharedCursor.create();
    const answers = await this.#pool.saveShared({
      kind: 'shared',
      path: file.path,
      expected: expectedOf(file.stat),
      cursor: shared,
    });
    const entries = new Uint32Array(answers.reduce((sum, answer) => sum + answer.entries.length, 0));
    for (const answer of answers) {
      this.#count(answer.added);
      for (const [index, sequence] of answer.sequence.entries()) entries[sequence] = answer.entries[index]!;
    }
    const bytes = answers.reduce((sum, answer) => sum + answer.bytes, 0);
    this.#finish(file, entries, bytes, sharedProblem(file, answers));
  }

  #finish(file: QueuedFile, entries: Uint32Array, bytes: number, problem: FileProblem | undefined): void {
    const content = problem?.unreadable === true ? undefined : Array.from(entries, (entry) => this.#table.id(entry));
    file.done({ content, bytes, stat: problem?.stat, error: problem?.error });
  }

  #count(added: AddedBlobs): void {
    this.added.blobs += added.blobs;
    this.added.bytes += added.bytes;
  }
}

/** What all workers together say of a large file: each opened it for itself, and all must have seen the same. */
function sharedProblem(file: QueuedFile, answers: readonly SharedAnswer[]): FileProblem | undefined {
  const problems = answers.flatMap((answer) => answer.problems);
  const failed = problems.find((problem) => problem.unreadable) ?? problems.find(({ error }) => error !== undefined);
  if (failed !== undefined) return failed;
  const [first, ...others] = answers.map((answer) => answer.problems[0]?.stat ?? file.stat);
  if (first === undefined || first === file.stat) {
    if (others.every((stat) => stat === file.stat)) return undefined;
  } else if (others.every((stat) => sameFile(stat, first))) {
    return { index: 0, unreadable: false, stat: first };
  }
  return { index: 0, unreadable: false, error: changedError(file.path) };
}
