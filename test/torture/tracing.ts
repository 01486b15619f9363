/** strace around Holdfast: to count its system calls, to kill it at one of them, to make one of them fail. */
import { readFileSync } from 'node:fs';
import { holdfastCommand } from '../support/holdfast.ts';
import { type ProcessOptions, type ProcessResult, runProcess } from '../support/run-process.ts';
import type { SharedRepository } from '../support/shared-repository.ts';

/** System calls that change what is on disk (`write` is left out: Node wakes its own threads by it). */
export const changingCalls = [
  'pwrite64',
  'pwritev',
  'fsync',
  'fdatasync',
  'rename',
  'renameat',
  'renameat2',
  'link',
  'linkat',
  'unlink',
  'unlinkat',
  'ftruncate',
  'mkdir',
] as const;

export interface TraceOptions extends ProcessOptions {
  /** What `strace -e inject=` takes, each. */
  readonly inject?: readonly string[];
  /** Trace only calls that touch these paths. */
  readonly paths?: readonly string[];
  /** Where the trace goes; thrown away by default. */
  readonly log?: string;
  readonly calls?: readonly string[];
  /** Other strace flags. */
  readonly flags?: readonly string[];
}

/** Runs a Holdfast verb under strace. A kill shows as exit code 137. */
export async function runTraced(
  shared: Pick<SharedRepository, 'holdfast'>,
  args: readonly string[],
  options: TraceOptions = {},
): Promise<ProcessResult> {
  const { inject = [], paths = [], log = '/dev/null', calls, flags = [], ...rest } = options;
  const traced = calls ?? inject.map((rule) => rule.slice(0, rule.indexOf(':'))).flatMap((names) => names.split(','));
  const strace = [
    '-f',
    // Not with injections: the filter loses count of when=N.
    ...(inject.length === 0 ? ['--seccomp-bpf'] : []),
    '-qq',
    '-o',
    log,
    ...flags,
    '-e',
    `trace=${traced.join(',')}`,
    ...paths.flatMap((path) => ['-P', path]),
    ...inject.flatMap((rule) => ['-e', `inject=${rule}`]),
  ];
  return runProcess('strace', [...strace, ...holdfastCommand, ...args], {
    ...rest,
    // One thread for Node's asynchronous calls, and no files of its own, so that counting them means something.
    env: { ...shared.holdfast.env, UV_THREADPOOL_SIZE: '1', NODE_DISABLE_COMPILE_CACHE: '1', ...options.env },
  });
}

/** How often, at most, one thread makes each of the changing calls while the verb runs: the N of `when=N`. */
export async function countCalls(
  shared: Pick<SharedRepository, 'holdfast' | 'folder'>,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<{ readonly result: ProcessResult; readonly counts: ReadonlyMap<string, number> }> {
  const log = shared.folder.at('trace');
  const result = await runTraced(shared, args, { ...options, log, calls: changingCalls });
  const perThread = new Map<string, number>();
  for (const line of readFileSync(log, 'latin1').split('\n')) {
    const match = /^(\d+)\s+(\w+)\(/.exec(line);
    if (match !== null) perThread.set(`${match[1]} ${match[2]}`, (perThread.get(`${match[1]} ${match[2]}`) ?? 0) + 1);
  }
  const counts = new Map<string, number>();
  for (const [key, count] of perThread) {
    const call = key.split(' ')[1] ?? '';
    counts.set(call, Math.max(counts.get(call) ?? 0, count));
  }
  return { result, counts };
}

/** Every place to strike: "fsync:signal=KILL:when=3" and so on, in the order of the calls' names. */
export function strikes(counts: ReadonlyMap<string, number>, effect: string): string[] {
  return [...counts].flatMap(([call, count]) =>
    Array.from({ length: count }, (_, n) => `${call}:${effect}:when=${n + 1}`),
  );
}
