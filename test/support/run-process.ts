/** Runs a program to its end and gives back what it said; never throws for an exit code. */
import { spawn } from 'node:child_process';

export interface ProcessResult {
  /** The exit code, or 128 + the signal's number, as a shell says it. */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  /** Killed with SIGKILL after this long, and then rejected. Default 120,000. */
  readonly timeoutMs?: number;
  /** Killed (SIGKILL, with its process group) when it aborts; the result says so by its signal. */
  readonly kill?: AbortSignal;
  readonly encoding?: 'utf8' | 'latin1';
  readonly uid?: number;
  readonly gid?: number;
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 };

/** Rejects only if the program cannot be started or runs into its time limit. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: (options.env ?? process.env) as NodeJS.ProcessEnv,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => stdout.push(data));
  child.stderr.on('data', (data: Buffer) => stderr.push(data));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const text = (parts: Buffer[]): string => Buffer.concat(parts).toString(options.encoding ?? 'utf8');
  const killGroup = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  };
  const timeoutMs = options.timeoutMs ?? 120_000;
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup();
  }, timeoutMs);
  options.kill?.addEventListener('abort', killGroup, { once: true });
  if (options.kill?.aborted === true) killGroup();
  try {
    return await new Promise<ProcessResult>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        if (timedOut) {
          const tail = text(stderr).slice(-2000);
          reject(new Error(`${command} ${args.join(' ')}: still running after ${timeoutMs} ms\n${tail}`));
          return;
        }
        resolve({
          code: code ?? 128 + (signalNumbers[signal ?? ''] ?? 0),
          signal,
          stdout: text(stdout),
          stderr: text(stderr),
          milliseconds: performance.now() - started,
        });
      });
    });
  } finally {
    clearTimeout(timer);
    options.kill?.removeEventListener('abort', killGroup);
  }
}

/** Runs and demands exit code 0; the error shows what the program said. */
export async function runOk(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const result = await runProcess(command, args, options);
  if (result.code !== 0) throw new Error(describeFailure(`${command} ${args.join(' ')}`, result));
  return result;
}

/** One readable text of a run that went wrong. */
export function describeFailure(what: string, result: ProcessResult): string {
  return `${what}: exit ${result.code}\n--- stdout\n${result.stdout.slice(-3000)}\n--- stderr\n${result.stderr.slice(-3000)}`;
}
