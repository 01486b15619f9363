/** What a walk counts, and the problems it met. */
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError, isHoldfastError, messageOf, type SerializedError } from '../base/errors.ts';
import type { BackupProblem, ItemCounts } from './report.ts';

export class WalkTally {
  readonly files: ItemCounts = { new: 0, changed: 0, unmodified: 0 };
  readonly dirs: ItemCounts = { new: 0, changed: 0, unmodified: 0 };
  readonly problems: BackupProblem[] = [];
  /** Bytes of all files, and of those that were not read. */
  totalBytes = 0;
  unchangedBytes = 0;
  /** Files that are done with, unreadable ones included. */
  filesDone = 0;
  currentPath: ByteString = '';
  readonly #onProblem: (problem: BackupProblem) => void;

  constructor(onProblem: (problem: BackupProblem) => void) {
    this.#onProblem = onProblem;
  }

  unchangedFile(bytes: number): void {
    this.files.unmodified += 1;
    this.filesDone += 1;
    this.totalBytes += bytes;
    this.unchangedBytes += bytes;
  }

  /** Notes that a path is not, or not wholly, in the snapshot. */
  problem(path: ByteString, error: unknown): void {
    const known = isHoldfastError(error) ? error : new HoldfastError('io', messageOf(error), { cause: error });
    this.problemOf(path, known.toJSON());
  }

  /** The same for an error that comes from a worker. */
  problemOf(path: ByteString, error: SerializedError): void {
    const problem: BackupProblem = { path, error: { ...error, context: { ...error.context, path: toUtf8(path) } } };
    this.problems.push(problem);
    this.#onProblem(problem);
  }
}
