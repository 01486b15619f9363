/** Runs a Holdfast verb and watches its memory: the peak resident size, from /proc (`VmHWM`). */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { holdfastCommand } from '../support/holdfast.ts';

export interface WatchedRun {
  readonly code: number;
  readonly stderr: string;
  readonly seconds: number;
  readonly peakMegabytes: number;
  /** True: ended by the limits below, not by itself. */
  readonly stopped: boolean;
}

export async function runWatched(
  args: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly cwd?: string;
    readonly timeoutMs: number;
    /** Stopped when it takes more. */
    readonly limitMegabytes?: number;
  },
): Promise<WatchedRun> {
  const [command = '', ...first] = holdfastCommand;
  const started = performance.now();
  const child = spawn(command, [...first, ...args], {
    env: options.env as NodeJS.ProcessEnv,
    cwd: options.cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  let peakMegabytes = 0;
  let stopped = false;
  child.stderr.on('data', (data: Buffer) => {
    stderr = (stderr + data.toString()).slice(-5000);
  });
  const timer = setInterval(() => {
    peakMegabytes = Math.max(peakMegabytes, peakOf(child.pid ?? 0));
    const tooLong = performance.now() - started > options.timeoutMs;
    if (tooLong || peakMegabytes > (options.limitMegabytes ?? Number.POSITIVE_INFINITY)) {
      stopped = true;
      child.kill('SIGKILL');
    }
  }, 20);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 137));
  }).finally(() => clearInterval(timer));
  return { code, stderr, seconds: (performance.now() - started) / 1000, peakMegabytes, stopped };
}

function peakOf(pid: number): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
