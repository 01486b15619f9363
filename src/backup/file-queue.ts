/**
 * Collects files into batches for the workers, and brings what they answer back to whoever asked.
 *
 * A batch holds about 3 MiB or 256 files. At most two batches wait at each worker, so that memory stays bounded and a
 * cancel is quick; the walk waits (`roomy`) until there is room. A large file goes to one worker; when nothing more is to
 * come, those that are idle help.
 */
import type { ByteString } from '../base/byte-string.ts';
import type { SerializedError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import type { BlobTable } from '../repository/mod.ts';
import type { FileStat } from '../source/mod.ts';
import { LargeFile } from './large-file.ts';
import { expectStat } from './worker/file-reader.ts';
import type { WorkerPool } from './worker/pool.ts';
import { type AddedBlobs, expectedFields, type FileProblem } from './worker/protocol.ts';

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
const largeFromBytes = 16 * mib;
const openPerWorker = 3;

export class FileQueue {
  readonly #pool: WorkerPool;
  readonly #table: BlobTable;
  readonly #wake: () => void;
  #batch: QueuedFile[] = [];
  #batchBytes = 0;
  readonly #large = new Set<LargeFile>();
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
    if (file.stat.size >= largeFromBytes) {
      const large = new LargeFile(file);
      this.#large.add(large);
      this.#run(this.#saveLarge(large));
      return;
    }
    this.#batch.push(file);
    this.#batchBytes += file.stat.size;
    if (this.#batchBytes >= batchBytes || this.#batch.length >= batchFiles) this.#send();
  }

  /** Nothing more is to come for now: sends the files that wait for a full batch, and keeps all workers busy. */
  flush(): void {
    this.#send();
    this.#help();
  }

  #send(): void {
    if (this.#batch.length === 0) return;
    const [batch, bytes] = [this.#batch, this.#batchBytes];
    this.#batch = [];
    this.#batchBytes = 0;
    this.#run(this.#saveBatch(batch, bytes));
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

  async #saveBatch(batch: readonly QueuedFile[], bytes: number): Promise<void> {
    const expected = new BigInt64Array(batch.length * expectedFields);
    for (const [index, file] of batch.entries()) expectStat(file.stat, expected, index * expectedFields);
    const paths = batch.map((file) => file.path).join('\0');
    const answer = await this.#pool.saveFiles({ kind: 'files', paths, expected }, { files: batch.length, bytes });
    this.#count(answer.added);
    const problems = new Map(answer.problems.map((problem) => [problem.index, problem]));
    let at = 0;
    for (const [index, file] of batch.entries()) {
      const next = at + answer.counts[index]!;
      this.#finish(file, answer.entries.subarray(at, next), answer.sizes[index]!, problems.get(index));
      at = next;
    }
  }

  async #saveLarge(file: LargeFile): Promise<void> {
    const answer = await file.save(this.#pool);
    this.#count(answer.added);
    if (file.reading) return;
    this.#large.delete(file);
    const { queued, entries, bytes, problem } = file.result();
    this.#finish(queued, entries, bytes, problem);
  }

  /** Idle workers take part in the large files that have most left. */
  #help(): void {
    for (let { idle } = this.#pool; idle > 0; idle--) {
      const open = [...this.#large].filter((file) => file.bytesLeft > 0);
      const [file] = open.sort((a, b) => b.bytesLeft - a.bytesLeft);
      if (file === undefined) return;
      this.#run(this.#saveLarge(file));
    }
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
