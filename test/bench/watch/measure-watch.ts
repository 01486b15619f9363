/** The agent's watch on the set *small*: what it costs, and how soon one changed file is in a snapshot, beside restic. */
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { MadeSet } from '../datasets/make-set.ts';
import { measure } from '../measure.ts';
import { makeHome, type Program, repositoryIn } from '../programs.ts';
import { median } from '../results.ts';

export interface IdleResult {
  readonly kind: 'chokidar' | 'lean';
  readonly folders: number;
  /** From the start of the process. */
  readonly readySeconds: number;
  readonly residentBytes: number;
  readonly peakBytes: number;
  /** Of one core, 0 to 1. */
  readonly idleShare: number;
}

export interface WatchResult {
  readonly idle: readonly IdleResult[];
  /** From the end of the quiet period to the snapshot on disk; medians. */
  readonly changeSeconds: number;
  readonly resticSeconds: number | undefined;
}

export async function measureWatch(options: {
  readonly set: MadeSet;
  readonly runs: string;
  readonly count: number;
  /** How long the idle watch is looked at. */
  readonly idleSeconds: number;
  readonly restic: Program | undefined;
  readonly signal: AbortSignal;
}): Promise<WatchResult> {
  const { set, runs, count, restic, signal } = options;
  const idle = [await measureIdle('chokidar', options), await measureIdle('lean', options)];
  const repository = join(runs, 'watch-repository');
  try {
    const [line] = await linesOf('change-process.ts', [set.folder, repository, String(count)], signal);
    const changeSeconds = median(numbersIn(line, 'seconds'));
    const resticSeconds = restic === undefined ? undefined : await resticChange(restic, options);
    return { idle, changeSeconds, resticSeconds };
  } finally {
    rmSync(repository, { recursive: true, force: true });
  }
}

async function measureIdle(
  kind: IdleResult['kind'],
  { set, idleSeconds, signal }: Parameters<typeof measureWatch>[0],
): Promise<IdleResult> {
  const [ready, cost] = await linesOf('idle-process.ts', [kind, set.folder, String(idleSeconds)], signal);
  return {
    kind,
    folders: numberIn(ready, 'folders'),
    readySeconds: numberIn(ready, 'readyMs') / 1000,
    residentBytes: numberIn(cost, 'residentBytes'),
    peakBytes: numberIn(cost, 'peakBytes'),
    idleShare: numberIn(cost, 'share'),
  };
}

/** `restic backup` of the same folder after the same change. */
async function resticChange(
  restic: Program,
  { set, runs, count, signal }: Parameters<typeof measureWatch>[0],
): Promise<number> {
  const home = join(runs, 'watch-restic');
  const changed = join(set.folder, 'changed-by-the-bench.txt');
  try {
    makeHome(home);
    await measure(restic.command(home, 'init'), signal);
    await measure(restic.command(home, 'backup', '--quiet', set.folder), signal);
    const seconds: number[] = [];
    while (seconds.length < count) {
      appendFileSync(changed, 'changed\n');
      seconds.push((await measure(restic.command(home, 'backup', '--quiet', set.folder), signal)).seconds);
    }
    return median(seconds);
  } finally {
    rmSync(changed, { force: true });
    rmSync(repositoryIn(home), { recursive: true, force: true });
  }
}

async function linesOf(program: string, args: readonly string[], signal: AbortSignal): Promise<unknown[]> {
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: process.env.HOME ?? '/' };
  const file = join(import.meta.dirname, program);
  const { output } = await measure({ file: process.execPath, args: [file, ...args], env }, signal);
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): unknown => JSON.parse(line));
}

function fieldOf(line: unknown, name: string): unknown {
  return typeof line === 'object' && line !== null
    ? Object.entries(line).find(([key]) => key === name)?.[1]
    : undefined;
}

function numberIn(line: unknown, name: string): number {
  return Number(fieldOf(line, name));
}

function numbersIn(line: unknown, name: string): number[] {
  const found = fieldOf(line, name);
  return Array.isArray(found) ? found.map(Number) : [];
}
