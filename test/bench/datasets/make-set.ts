/**
 * Makes a data set in a folder, or takes the one that is there if its contents are still what they should be.
 *
 *     record names a manifest and the folder has it → reuse
 *     else → write into NAME.partial, rename, write the record last
 *
 * A killed run leaves a `.partial` folder, which the next one removes.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, sep } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Manifest, type ManifestEntry, summarize } from './manifest.ts';
import { planSet, type SetName } from './sets.ts';
import type { Task, WorkerInput } from './worker.ts';

/** Raised when the contents of a set change, so that sets of old are not taken for new ones. */
export const GENERATOR_VERSION = 1;

export interface MadeSet {
  readonly name: SetName;
  /** Absolute path of the folder to back up. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly reused: boolean;
  readonly seconds: number;
}

export async function makeSet(name: SetName, scale: number, setsFolder: string): Promise<MadeSet> {
  const started = performance.now();
  const folder = join(setsFolder, `${name}-${scale}-v${GENERATOR_VERSION}`);
  const recordPath = `${folder}.manifest`;
  const made = (manifest: Manifest, reused: boolean): MadeSet => {
    return { name, folder, manifest, reused, seconds: (performance.now() - started) / 1000 };
  };
  const recorded = readRecord(recordPath);
  if (recorded !== undefined) {
    const present = await manifestOf(folder).catch(() => undefined);
    if (present?.hash === recorded) return made(present, true);
  }
  rmSync(recordPath, { force: true });
  rmSync(folder, { recursive: true, force: true });
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const manifest = await writeSet(name, scale, partial);
  renameSync(partial, folder);
  writeFileSync(recordPath, `${manifest.hash}\n`);
  return made(manifest, false);
}

/** Reads every file below `folder` on all cores (which also warms the page cache). */
export async function manifestOf(folder: string): Promise<Manifest> {
  const paths: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) paths.push(relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  }
  return summarize(await runThreads({ kind: 'hash', paths }, folder));
}

async function writeSet(name: SetName, scale: number, root: string): Promise<Manifest> {
  const plan = planSet(name, scale);
  mkdirSync(root, { recursive: true });
  for (const folder of plan.folders) mkdirSync(join(root, folder));
  for (const { path, length } of plan.largeFiles) {
    writeFileSync(join(root, path), '', { flag: 'wx' });
    truncateSync(join(root, path), length);
  }
  const entries = await runThreads({ kind: 'write', set: name, scale }, root);
  if (plan.largeFiles.length > 0) {
    const paths = plan.largeFiles.map(({ path }) => path);
    entries.push(...(await runThreads({ kind: 'hash', paths }, root)));
  }
  return summarize(entries);
}

async function runThreads(task: Task, root: string): Promise<ManifestEntry[]> {
  const input: WorkerInput = { task, root, counter: new SharedArrayBuffer(4) };
  const threads = Array.from({ length: Math.min(8, availableParallelism()) }, () => runThread(input));
  return (await Promise.all(threads)).flat();
}

function runThread(input: WorkerInput): Promise<ManifestEntry[]> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: input });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`A generator thread ended with code ${code}.`)));
  });
}

function readRecord(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
