/**
 * Where the bench works: `sets/` is kept from run to run, `runs-PID/` is this run's and goes with it. What a killed run left
 * behind is removed by the next.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SetName } from './datasets/sets.ts';

const SHARED_MEMORY = '/dev/shm';
const NAME = 'holdfast-bench';
const GIB = 2 ** 30;
const TMPFS_MAGIC = 0x01021994;

/** What a set takes at scale 1, in GiB; in tmpfs every file takes whole pages and an inode. */
const SET_GIB: Readonly<Record<SetName, number>> = {
  small: 3.2,
  large: 2,
  dedup: 2,
  'growth-10k': 0.1,
  'growth-100k': 0.4,
  'growth-1M': 3.5,
};
/** Two repositories, a restored copy, and copies for prune: at most this many times the largest set. */
const WORKING_FACTOR = 3;
const SPARE_GIB = 1.5;

export class Workspace {
  readonly root: string;
  readonly sets: string;
  readonly runs: string;
  /** True if files here are in memory: no disk takes part. */
  readonly inMemory: boolean;

  private constructor(root: string) {
    this.root = root;
    this.sets = join(root, 'sets');
    this.runs = join(root, `runs-${process.pid}`);
    mkdirSync(this.sets, { recursive: true });
    mkdirSync(this.runs, { recursive: true });
    this.inMemory = statfsSync(root).type === TMPFS_MAGIC;
  }

  static open(options: { dir: string | undefined; sets: readonly SetName[]; scale: number }): Workspace {
    const workspace = new Workspace(options.dir ?? chooseRoot(options.sets, options.scale));
    workspace.#removeLeftOvers();
    return workspace;
  }

  /** Removes the data sets too, wherever they were put. */
  static clean(dir: string | undefined): string[] {
    const roots = dir === undefined ? [join(SHARED_MEMORY, NAME), join(tmpdir(), NAME)] : [dir];
    const present = roots.filter((root) => existsSync(join(root, 'sets')));
    for (const root of present) rmSync(join(root, 'sets'), { recursive: true, force: true });
    return present;
  }

  close(): void {
    rmSync(this.runs, { recursive: true, force: true });
  }

  #removeLeftOvers(): void {
    for (const name of readdirSync(this.root)) {
      const pid = /^runs-(\d+)$/.exec(name)?.[1];
      if (pid === undefined || Number(pid) === process.pid || isAlive(Number(pid))) continue;
      rmSync(join(this.root, name), { recursive: true, force: true });
    }
  }
}

function chooseRoot(sets: readonly SetName[], scale: number): string {
  const sizes = sets.map((name) => SET_GIB[name]);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const needed = ((total + WORKING_FACTOR * Math.max(0, ...sizes)) * scale + SPARE_GIB) * GIB;
  const inMemory = join(SHARED_MEMORY, NAME);
  // Sets that are there already count as free: they are used or replaced.
  const mine = existsSync(inMemory) ? total * scale * GIB : 0;
  return freeMemory() + mine >= needed ? inMemory : join(tmpdir(), NAME);
}

/** Bytes that files in shared memory may take; 0 where there is no such thing. */
function freeMemory(): number {
  try {
    const available = /^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    const { bavail, bsize, type } = statfsSync(SHARED_MEMORY);
    return type === TMPFS_MAGIC ? Math.min(Number(available) * 1024, bavail * bsize) : 0;
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
