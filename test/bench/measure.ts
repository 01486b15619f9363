/**
 * Runs one program and measures it from outside: wall time, processor time and peak memory of the whole process tree.
 *
 * GNU time (Debian package `time`) reports what the kernel counted: its peak is the largest resident set that one process
 * of the tree ever had. Without it /proc is polled for the process itself, which may miss a last peak of under 10 ms.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Measurement {
  /** Wall time. */
  readonly seconds: number;
  /** User and system time of the tree, all threads. */
  readonly cpuSeconds: number;
  /** Largest resident set of one process of the tree. */
  readonly peakBytes: number;
  /** Part of the machine's processor time that went to others meanwhile (0 to 1); undefined where it is not known. */
  readonly othersShare: number | undefined;
  /** The end of what it printed. */
  readonly output: string;
}

/** On macOS another program of that name lies there. */
const GNU_TIME = process.platform === 'linux' ? '/usr/bin/time' : '/usr/local/bin/gtime';
const TICKS_PER_SECOND = 100; // USER_HZ, the same on all Linux machines
const OUTPUT_KEPT = 8192;
const POLL_MS = 10;
let sequence = 0;

/** @throws Error with the end of the program's output if it does not end with code 0; `signal.reason` if aborted */
export async function measure(command: Command, signal: AbortSignal, gnuTime = GNU_TIME): Promise<Measurement> {
  signal.throwIfAborted();
  const report = existsSync(gnuTime) ? join(tmpdir(), `holdfast-bench-${process.pid}-${sequence++}`) : undefined;
  try {
    const wrapped: readonly string[] =
      report === undefined
        ? [command.file, ...command.args]
        : [gnuTime, '-o', report, '-f', '%U %S %M', command.file, ...command.args];
    const busyBefore = busySeconds();
    const started = performance.now();
    const child = spawn(wrapped[0] ?? command.file, wrapped.slice(1), {
      env: command.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const polled = report === undefined ? poll(child) : undefined;
    const output = await finish(child, command, signal);
    const seconds = (performance.now() - started) / 1000;
    const usage = report === undefined ? polled?.() : parseReport(readFileSync(report, 'utf8'));
    const { cpuSeconds, peakBytes } = usage ?? { cpuSeconds: Number.NaN, peakBytes: Number.NaN };
    const busy = busySeconds();
    const others = busy === undefined || busyBefore === undefined ? undefined : busy - busyBefore - cpuSeconds;
    const othersShare = others === undefined ? undefined : Math.max(0, others / seconds / availableParallelism());
    return { seconds, cpuSeconds, peakBytes, othersShare, output };
  } finally {
    if (report !== undefined) rmSync(report, { force: true });
  }
}

/** Waits for the end; the child leads a process group, which is killed whole when `signal` aborts. */
async function finish(child: ChildProcess, command: Command, signal: AbortSignal): Promise<string> {
  let output = '';
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-OUTPUT_KEPT);
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  };
  signal.addEventListener('abort', kill, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    if (code === 0) return output;
    throw new Error(`${command.file} ${command.args.join(' ')}\nended with code ${code}:\n${output}`);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

function parseReport(text: string): { cpuSeconds: number; peakBytes: number } {
  const [user, system, peakKib] = (text.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { cpuSeconds: (user ?? Number.NaN) + (system ?? Number.NaN), peakBytes: (peakKib ?? Number.NaN) * 1024 };
}

function poll(child: ChildProcess): () => { cpuSeconds: number; peakBytes: number } {
  let peakBytes = Number.NaN;
  let cpuSeconds = Number.NaN;
  const look = () => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const peak = /^VmHWM:\s+(\d+)/m.exec(status)?.[1];
      if (peak !== undefined) peakBytes = Number(peak) * 1024;
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      cpuSeconds = (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND;
    } catch {
      // It has ended, or this system has no /proc.
    }
  };
  const timer = setInterval(look, POLL_MS);
  child.once('close', () => clearInterval(timer));
  look();
  return () => ({ cpuSeconds, peakBytes });
}

/** Processor seconds that the whole machine has worked since it started, stolen time included. */
function busySeconds(): number | undefined {
  try {
    const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'latin1')
      .split('\n', 1)[0]!
      .trim()
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return [user, nice, system, irq, softirq, steal].reduce<number>((sum, t) => sum + (t ?? 0), 0) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}
