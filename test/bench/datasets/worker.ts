/** A thread of the generator: takes numbers from a shared counter, writes or hashes what they stand for, answers with hashes. */
import { hash } from 'node:crypto';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { fill } from './content.ts';
import { hashFile, type ManifestEntry } from './manifest.ts';
import { planSet, type SetName } from './sets.ts';

/** What a thread is asked to do: write the pieces of a set, or hash files that are there. */
export type Task =
  | { readonly kind: 'write'; readonly set: SetName; readonly scale: number }
  | { readonly kind: 'hash'; readonly paths: readonly string[] };

export interface WorkerInput {
  readonly task: Task;
  /** The folder that paths are relative to. */
  readonly root: string;
  /** Int32Array of one: the next number that nobody took. */
  readonly counter: SharedArrayBuffer;
}

const BATCH = 32;
const READ_BUFFER = 1 << 20;

const input: WorkerInput = workerData;
parentPort?.postMessage(input.task.kind === 'write' ? writeSet(input.task) : hashFiles(input.task.paths));

/** Entries of the whole files only; a large file's hash is known when all its pieces are there. */
function writeSet({ set, scale }: Extract<Task, { kind: 'write' }>): ManifestEntry[] {
  const plan = planSet(set, scale);
  const large = new Set(plan.largeFiles.map(({ path }) => path));
  const entries: ManifestEntry[] = [];
  let room = new Uint8Array(1 << 20);
  for (const number of numbers(plan.pieces, large.size > 0 ? 1 : BATCH)) {
    const piece = plan.piece(number);
    if (piece.length > room.length) room = new Uint8Array(piece.length);
    const bytes = room.subarray(0, piece.length);
    fill(bytes, piece);
    if (large.has(piece.path)) {
      writeAt(join(input.root, piece.path), bytes, piece.offset);
    } else {
      writeFileSync(join(input.root, piece.path), bytes, { flag: 'wx' });
      entries.push({ path: piece.path, size: piece.length, hash: hash('sha256', bytes) });
    }
  }
  return entries;
}

function hashFiles(paths: readonly string[]): ManifestEntry[] {
  const buffer = new Uint8Array(READ_BUFFER);
  const entries: ManifestEntry[] = [];
  for (const number of numbers(paths.length, paths.length > 1000 ? BATCH : 1)) {
    const path = paths[number];
    if (path !== undefined) entries.push({ path, ...hashFile(join(input.root, path), buffer) });
  }
  return entries;
}

function* numbers(limit: number, batch: number): Generator<number> {
  const counter = new Int32Array(input.counter);
  for (;;) {
    const start = Atomics.add(counter, 0, batch);
    if (start >= limit) return;
    for (let number = start; number < Math.min(start + batch, limit); number++) yield number;
  }
}

function writeAt(path: string, bytes: Uint8Array, offset: number): void {
  const file = openSync(path, 'r+');
  try {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(file, bytes, done, bytes.length - done, offset + done);
    }
  } finally {
    closeSync(file);
  }
}
