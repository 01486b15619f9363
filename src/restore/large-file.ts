/**
 * Restores one large file with all workers: it is made here, they write or compare segments of it, and it gets its
 * attributes and name here.
 *
 * Segments take the blobs of a window of the file in the order in which packs hold them, so that packs are read in long
 * ranges, and the file grows window by window.
 */
import { closeSync, ftruncateSync, renameSync, unlinkSync } from 'node:fs';
import { type ByteString, fsPath, toUtf8 } from '../base/byte-string.ts';
import { mapBounded } from '../base/concurrency.ts';
import { HoldfastError, type SerializedError } from '../base/errors.ts';
import type { BlobTable } from '../repository/mod.ts';
import type { FileResult, LocatedFile } from './file-queue.ts';
import { temporaryPathOf } from './names.ts';
import { applyToFile, errorAt, isDiskFull, setTimes } from './node-attributes.ts';
import { createFile, createTemporary, openToRead, reopenFile, statOpen } from './worker/open-file.ts';
import type { WorkerPool } from './worker/pool.ts';
import type { SegmentRequest } from './worker/protocol.ts';

const mib = 1024 * 1024;
const windowBytes = 256 * mib;
const segmentBytes = 8 * mib;
const openPerWorker = 3;

export interface LargeFileOptions {
  readonly file: LocatedFile;
  readonly pool: WorkerPool;
  readonly table: BlobTable;
  readonly verify: boolean;
  readonly signal: AbortSignal;
  /** Told the plain bytes of each segment that was written, which the worker has counted for progress. */
  readonly onWritten: (bytes: number) => void;
  /** Told the plain bytes of each segment that is there already. */
  readonly onEqual: (bytes: number) => void;
}

/** Throws only what ends the run: a full disk, a worker that failed, the signal. */
export async function restoreLargeFile(options: LargeFileOptions): Promise<FileResult> {
  const { file } = options;
  try {
    return (await settleExisting(options)) ?? (await write(options));
  } catch (error) {
    options.signal.throwIfAborted();
    const known = errorAt(error, 'restore', file.path);
    if (isDiskFull(error) || known.code === 'internal' || known.code === 'cancelled') throw known;
    return { outcome: 'failed', error: known.toJSON() };
  }
}

/** The result for a file that is there and needs no writing; undefined for one that is to be written. */
async function settleExisting(options: LargeFileOptions): Promise<FileResult | undefined> {
  const { file } = options;
  const { path, work } = file;
  if (work === 'create' || work === 'beside') return undefined;
  const equal = sizeOf(path) === file.size && (work === 'trust' || (await runSegments(options, path, true)).equal);
  if (work === 'compare') return { outcome: equal ? 'equal' : 'different' };
  if (!equal) return undefined;
  let unset: HoldfastError | undefined;
  const fd = openToRead(path);
  try {
    if (statOpen(fd).nlink > 1n) return undefined;
    unset = applyToFile(fd, path, file.attributes, { fresh: false, same: false });
  } finally {
    closeSync(fd);
  }
  const untimed = setTimes(path, file.attributes);
  return { outcome: 'equal', unset: (unset ?? untimed)?.toJSON() };
}

async function write(options: LargeFileOptions): Promise<FileResult> {
  const { file, verify } = options;
  const writePath = file.work === 'create' ? file.path : temporaryPathOf(file.path);
  closeSync(file.work === 'create' ? createFile(writePath) : createTemporary(writePath));
  let unset: HoldfastError | undefined;
  let done = false;
  try {
    const { problem } = await runSegments(options, writePath, false);
    if (problem !== undefined) return { outcome: 'failed', error: named(problem, file.path) };
    const fd = reopenFile(writePath);
    try {
      ftruncateSync(fd, file.size); // a hole may be at its end
      unset = applyToFile(fd, writePath, file.attributes, { fresh: true, same: false });
    } finally {
      closeSync(fd);
    }
    unset = [unset, setTimes(writePath, file.attributes)].find((error) => error !== undefined);
    if (writePath !== file.path) renameSync(fsPath(writePath), fsPath(file.path));
    done = true;
  } finally {
    if (!done) remove(writePath);
  }
  if (!verify || (await runSegments(options, file.path, true)).equal) {
    return { outcome: 'written', unset: unset?.toJSON() };
  }
  const shown = toUtf8(file.path);
  const error = new HoldfastError('io', `${shown} is not what was written to it.`, {
    hint: 'The disk, its cable or the memory may be faulty.',
    context: { path: shown },
  });
  return { outcome: 'failed', error: error.toJSON() };
}

async function runSegments(
  options: LargeFileOptions,
  path: ByteString,
  compare: boolean,
): Promise<{ readonly equal: boolean; readonly problem: SerializedError | undefined }> {
  const { file, pool, table, verify, signal, onWritten, onEqual } = options;
  let equal = true;
  let problem: SerializedError | undefined;
  await mapBounded(segmentsOf(file, table), openPerWorker * pool.size, signal, async ({ bytes, ...segment }) => {
    if (problem !== undefined || !equal) return;
    const answer = await pool.restoreSegment({ kind: 'segment', path, compare, ...segment });
    equal &&= answer.equal;
    problem ??= answer.problem;
    onWritten(answer.written);
    if (answer.equal && compare && !verify) onEqual(bytes);
  });
  return { equal, problem };
}

type Segment = Pick<SegmentRequest, 'entries' | 'positions'> & { readonly bytes: number };

/** The file's blobs: window by window, in each by the order in packs. */
function* segmentsOf(file: LocatedFile, table: BlobTable): Generator<Segment> {
  const { entries } = file;
  let position = 0;
  for (let first = 0; first < entries.length; ) {
    const places: { entry: number; position: number }[] = [];
    const windowStart = position;
    for (; first < entries.length && position - windowStart < windowBytes; first++) {
      const entry = entries[first]!;
      places.push({ entry, position });
      position += table.plainLength(entry);
    }
    places.sort((a, b) => table.pack(a.entry) - table.pack(b.entry) || table.offset(a.entry) - table.offset(b.entry));
    yield* cut(places, table);
  }
}

function* cut(places: readonly { entry: number; position: number }[], table: BlobTable): Generator<Segment> {
  let first = 0;
  let bytes = 0;
  for (const [at, { entry }] of places.entries()) {
    bytes += table.plainLength(entry);
    if (bytes < segmentBytes && at < places.length - 1) continue;
    const part = places.slice(first, at + 1);
    yield {
      entries: Uint32Array.from(part, (place) => place.entry),
      positions: Float64Array.from(part, (place) => place.position),
      bytes,
    };
    first = at + 1;
    bytes = 0;
  }
}

/** −1 where there is no file that can be read. */
function sizeOf(path: ByteString): number {
  try {
    const fd = openToRead(path);
    try {
      const stats = statOpen(fd);
      return stats.isFile() ? Number(stats.size) : -1;
    } finally {
      closeSync(fd);
    }
  } catch {
    return -1;
  }
}

function remove(path: ByteString): void {
  try {
    unlinkSync(fsPath(path));
  } catch {
    // The failure that led here is what is reported.
  }
}

function named(problem: SerializedError, path: ByteString): SerializedError {
  const shown = toUtf8(path);
  return {
    ...problem,
    message: `Cannot restore ${shown}: ${problem.message}`,
    hint: problem.hint ?? 'Run check. Other snapshots may have the file whole.',
    context: { ...problem.context, path: shown },
  };
}
