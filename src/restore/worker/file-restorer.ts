/**
 * A restore worker: writes files from blobs, or finds that they are right already.
 *
 *   files that are there: compare; what is equal gets its attributes where they differ
 *   the rest: read the blobs pack by pack, write each to wherever it goes
 *   a file whose last blob came: owner, mode, attributes, times, and its name
 *   read back and compare, if asked
 *
 * Guarantees: nothing is written through a link or into a file that was there before; a file that was there is replaced as
 * a whole or not at all; what could not be finished is removed again. A full disk ends the run, everything else fails only
 * the file that it concerns.
 */
import { closeSync, ftruncateSync, renameSync, unlinkSync } from 'node:fs';
import { fsPath, toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError, systemCode } from '../../base/errors.ts';
import { SharedCounter } from '../../base/shared-counter.ts';
import { StopFlag } from '../../base/stop-flag.ts';
import type { Backend } from '../../repository/mod.ts';
import { applyToFile, errorAt, isDiskFull, setTimes } from '../node-attributes.ts';
import { BlobSource } from './blob-source.ts';
import { ContentComparer } from './compare-content.ts';
import { type BatchFile, FileBatch } from './file-batch.ts';
import { createFile, createTemporary, openToRead, reopenFile, statOpen, writeAll } from './open-file.ts';
import {
  type FilesAnswer,
  type FilesRequest,
  fileOutcome,
  fileWork,
  type SegmentAnswer,
  type SegmentRequest,
  type WorkerSetup,
} from './protocol.ts';

/** More files than this are opened anew for each of their blobs. */
const mostOpenFiles = 64;

export class FileRestorer {
  readonly #setup: WorkerSetup;
  readonly #blobs: BlobSource;
  readonly #comparer: ContentComparer;
  /** Of all workers. */
  readonly #written: SharedCounter;
  #openFiles = 0;

  constructor(setup: WorkerSetup, backend: Backend, killed: AbortSignal) {
    this.#setup = setup;
    this.#blobs = new BlobSource(setup, backend, new StopFlag(setup.stop), killed);
    this.#written = new SharedCounter(setup.written);
    this.#comparer = new ContentComparer(this.#blobs.table);
  }

  async restoreFiles(request: FilesRequest): Promise<FilesAnswer> {
    this.#blobs.throwIfStopped();
    const batch = new FileBatch(request, this.#blobs.table);
    const failed = new Set<BatchFile>();
    let written = 0;
    const fail = (file: BatchFile, error: unknown, doing: string): void => {
      this.#abandon(file);
      if (isDiskFull(error)) throw errorAt(error, doing, file.path);
      if (failed.has(file)) return; // one reason is enough
      failed.add(file);
      file.problem = errorAt(error, doing, file.path);
    };
    const trying = (file: BatchFile, doing: string, work: () => void): void => {
      if (failed.has(file)) return;
      try {
        work();
      } catch (error) {
        if (isCancelled(error)) throw error;
        fail(file, error, doing);
      }
    };

    try {
      for (const file of batch.files) trying(file, 'compare', () => this.#settleExisting(batch, file));
      const toWrite = batch.files.filter((file) => file.outcome === fileOutcome.failed && !failed.has(file));
      for (const file of toWrite) if (file.open === 0) trying(file, 'write', () => this.#finish(file));
      const destinations = batch.destinations(toWrite);
      await this.#blobs.read(destinations.keys(), {
        blob: (entry, plain) => {
          for (const { file, position } of destinations.get(entry) ?? []) {
            trying(file, 'write', () => {
              this.#write(file, plain, position, this.#blobs.table.plainLength(entry));
              this.#written.add(plain.length);
              written += plain.length;
            });
          }
        },
        missing: (entry, error) => {
          for (const { file } of destinations.get(entry) ?? []) fail(file, named(error, file), 'restore');
        },
      });
      if (this.#setup.verify) {
        for (const file of toWrite) trying(file, 'verify', () => this.#verify(batch, file));
      }
    } finally {
      for (const file of batch.files) if (file.outcome === fileOutcome.failed) this.#abandon(file);
    }
    return {
      kind: 'files',
      written,
      outcomes: Uint8Array.from(batch.files, ({ outcome }) => outcome),
      problems: batch.files.flatMap(({ index, problem }) =>
        problem === undefined ? [] : [{ index, error: problem.toJSON() }],
      ),
    };
  }

  /** Part of a file that main has made and will finish. */
  async restoreSegment(request: SegmentRequest): Promise<SegmentAnswer> {
    this.#blobs.throwIfStopped();
    const { path, entries, positions } = request;
    let written = 0;
    const answer = (equal: boolean, problem?: HoldfastError): SegmentAnswer => ({
      kind: 'segment',
      written,
      equal,
      problem: problem?.toJSON(),
    });
    let fd = -1;
    try {
      fd = request.compare ? openToRead(path) : reopenFile(path);
      if (request.compare) return answer(entries.every((entry, at) => this.#holds(fd, entry, positions[at]!)));
      const places = new Map<number, number[]>();
      for (const [at, entry] of entries.entries()) {
        places.set(entry, [...(places.get(entry) ?? []), positions[at]!]);
      }
      let problem: HoldfastError | undefined;
      await this.#blobs.read(places.keys(), {
        blob: (entry, plain) => {
          checkLength(plain, this.#blobs.table.plainLength(entry));
          for (const position of places.get(entry) ?? []) {
            writeAll(fd, plain, position, this.#setup.sparse);
            this.#written.add(plain.length);
            written += plain.length;
          }
        },
        missing: (_, error) => {
          problem ??= error;
        },
      });
      return answer(problem === undefined, problem);
    } catch (error) {
      if (isCancelled(error)) throw error;
      const known = errorAt(error, request.compare ? 'read' : 'write', path);
      if (isDiskFull(error)) throw known;
      return answer(false, known);
    } finally {
      if (fd >= 0) closeSync(fd);
    }
  }

  /** Finds out whether a file that is there is equal, and gives it its attributes then. */
  #settleExisting(batch: FileBatch, file: BatchFile): void {
    if (file.work === fileWork.create || file.work === fileWork.beside) return;
    this.#blobs.throwIfStopped();
    const fd = openExisting(file);
    if (fd >= 0) {
      try {
        const stats = statOpen(fd);
        const equal =
          stats.isFile() &&
          Number(stats.size) === file.size &&
          (file.work === fileWork.trust || this.#sameContent(batch, file, fd));
        if (equal && (file.work === fileWork.compare || this.#adjust(file, fd))) {
          file.outcome = fileOutcome.equal;
          return;
        }
      } finally {
        closeSync(fd);
      }
    }
    if (file.work === fileWork.compare) file.outcome = fileOutcome.different;
    else file.work = fileWork.beside;
  }

  /** False where the attributes must not be changed because the file has other names as well. */
  #adjust(file: BatchFile, fd: number): boolean {
    const { attributes } = file;
    const stats = statOpen(fd);
    const same =
      (Number(stats.mode) & 0o7777) === attributes.mode &&
      stats.mtimeNs === attributes.mtimeNs &&
      (process.geteuid?.() !== 0 || (Number(stats.uid) === attributes.uid && Number(stats.gid) === attributes.gid));
    if (stats.nlink > 1n) return same;
    const unset = applyToFile(fd, file.path, attributes, { fresh: false, same });
    const untimed = setTimes(file.path, attributes);
    file.problem = unset ?? untimed;
    return true;
  }

  #sameContent(batch: FileBatch, file: BatchFile, fd: number): boolean {
    for (let blob = file.first; blob < file.end; blob++) {
      if (!this.#holds(fd, batch.entries[blob]!, batch.positions[blob]!)) return false;
    }
    return true;
  }

  #holds(fd: number, entry: number, position: number): boolean {
    this.#blobs.throwIfStopped();
    return this.#comparer.holds(fd, entry, position);
  }

  #write(file: BatchFile, plain: Uint8Array, position: number, expectedBytes: number): void {
    checkLength(plain, expectedBytes);
    this.#openToWrite(file);
    file.written = Math.max(file.written, writeAll(file.fd, plain, position, this.#setup.sparse));
    file.open -= 1;
    if (file.open === 0) this.#finish(file);
    else if (this.#openFiles > mostOpenFiles) this.#close(file);
  }

  #openToWrite(file: BatchFile): void {
    if (file.fd >= 0) return;
    if (file.made) file.fd = reopenFile(file.writePath);
    else file.fd = file.work === fileWork.create ? createFile(file.path) : createTemporary(file.writePath);
    file.made = true;
    this.#openFiles += 1;
  }

  #finish(file: BatchFile): void {
    this.#openToWrite(file);
    if (file.written < file.size) ftruncateSync(file.fd, file.size);
    const unset = applyToFile(file.fd, file.writePath, file.attributes, { fresh: true, same: false });
    this.#close(file);
    const untimed = setTimes(file.writePath, file.attributes);
    if (file.writePath !== file.path) renameSync(fsPath(file.writePath), fsPath(file.path));
    file.made = false;
    file.outcome = fileOutcome.written;
    file.problem = unset ?? untimed;
  }

  #verify(batch: FileBatch, file: BatchFile): void {
    const fd = openToRead(file.path);
    try {
      if (Number(statOpen(fd).size) === file.size && this.#sameContent(batch, file, fd)) return;
    } finally {
      closeSync(fd);
    }
    file.outcome = fileOutcome.failed;
    throw new HoldfastError('io', `${toUtf8(file.path)} is not what was written to it.`, {
      hint: 'The disk, its cable or the memory may be faulty.',
      context: { path: toUtf8(file.path) },
    });
  }

  #close(file: BatchFile): void {
    if (file.fd < 0) return;
    const { fd } = file;
    file.fd = -1;
    this.#openFiles -= 1;
    closeSync(fd);
  }

  /** Takes away what was begun. */
  #abandon(file: BatchFile): void {
    file.outcome = fileOutcome.failed;
    try {
      this.#close(file);
      if (file.made) unlinkSync(fsPath(file.writePath));
    } catch {
      // The failure that led here is what is reported; a later run takes its place.
    }
    file.made = false;
  }
}

/** −1 where the file cannot be opened for reading, so that it has to be replaced. */
function openExisting(file: BatchFile): number {
  try {
    return openToRead(file.path);
  } catch (error) {
    const code = systemCode(error);
    // A link or nothing in its place by now; or its owner may not read it.
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'EMLINK' || code === 'EACCES') return -1;
    throw error;
  }
}

function checkLength(plain: Uint8Array, expectedBytes: number): void {
  if (plain.length === expectedBytes) return;
  throw new HoldfastError('corrupt', `A blob has ${plain.length} bytes, where the index says ${expectedBytes}.`, {
    hint: 'Run repair index.',
  });
}

function named(error: HoldfastError, file: BatchFile): HoldfastError {
  return new HoldfastError(error.code, `Cannot restore ${toUtf8(file.path)}: ${error.message}`, {
    retry: error.retry,
    hint: error.hint ?? 'Run check. Other snapshots may have the file whole.',
    context: { ...error.context, path: toUtf8(file.path) },
    cause: error.cause,
  });
}

function isCancelled(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'cancelled';
}
