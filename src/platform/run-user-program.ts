/**
 * Runs a program that the user named (a hook): an argument array, never a shell.
 *
 *   start, in a process group of its own ──► it exits ──► what it printed last
 *                                       └──► too long, or cancelled ──► SIGTERM to the group, later SIGKILL to what is left
 *
 * Guarantees: nothing of the group outlives a timeout or a cancel; memory is bounded whatever it prints. What it leaves
 * running on purpose when it exits by itself is left alone, and does not hold up the result.
 *
 * Apart from run-program.ts, which asks tools of the system short questions and wants all of their answer, in English.
 * password-command.ts does not use it either: in a process group of its own a program cannot ask on the terminal.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type Clock, systemClock } from '../base/clock.ts';
import { fromSystemError, HoldfastError, systemCode } from '../base/errors.ts';
import { OutputTail } from './output-tail.ts';
import { endGroup } from './process-group.ts';

export interface UserProgramOptions {
  /** Its path or name, and its arguments. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
  /** Added to this process's environment; undefined takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** This process's unless given. */
  readonly workingFolder?: string;
  readonly clock?: Clock;
  readonly signal: AbortSignal;
}

export interface UserProgramResult {
  /** Undefined if a signal ended it. */
  readonly exitCode: number | undefined;
  readonly exitSignal: string | undefined;
  readonly timedOut: boolean;
  /** stdout and stderr as they came, the last 64 KiB of it. */
  readonly output: string;
  /** There was more before it. */
  readonly isOutputCut: boolean;
}

/** To clean up after it took too long. */
const graceMs = 5000;
/** A cancel takes effect within a second. */
const cancelGraceMs = 800;

/**
 * @returns also when it failed or took too long
 * @throws `not-found`, `permission`, `invalid-input` if it cannot be started; `signal.reason` when cancelled, once the whole
 * group is gone
 */
export async function runUserProgram(options: UserProgramOptions): Promise<UserProgramResult> {
  const { timeoutMs, signal, clock = systemClock } = options;
  signal.throwIfAborted();
  const child = start(options);
  const output = new OutputTail([child.stdout, child.stderr]);
  const exit = exitOf(child, options.command);
  const isOver = new AbortController();
  const timeLimit = clock.sleep(timeoutMs, isOver.signal).then(
    () => 'too long' as const,
    () => undefined,
  );
  let cancel = (): void => undefined;
  const cancelled = new Promise<'cancelled'>((resolve) => {
    cancel = () => resolve('cancelled');
    signal.addEventListener('abort', cancel, { once: true });
  });
  try {
    const first = await Promise.race([exit, timeLimit, cancelled]);
    if (first === 'too long' || first === 'cancelled') {
      await endGroup(child.pid, first === 'cancelled' ? cancelGraceMs : graceMs, clock);
    }
    const { exitCode, exitSignal } = await exit;
    await output.settle(clock, isOver.signal);
    if (first === 'cancelled') throw signal.reason;
    return { exitCode, exitSignal, timedOut: first === 'too long', output: output.text(), isOutputCut: output.isCut };
  } finally {
    signal.removeEventListener('abort', cancel);
    isOver.abort();
    output.close();
  }
}

type Started = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };

function start({ command, environment, workingFolder }: UserProgramOptions): Started {
  const [file = '', ...args] = command;
  if (file === '') throw new HoldfastError('invalid-input', 'The command is empty.', { hint: 'Name a program.' });
  try {
    return spawn(file, args, {
      detached: process.platform !== 'win32', // a process group; on Windows it would be a console window
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      ...(workingFolder === undefined ? {} : { cwd: workingFolder }),
    });
  } catch (cause) {
    throw cannotStart(file, cause);
  }
}

interface Exit {
  readonly exitCode: number | undefined;
  readonly exitSignal: string | undefined;
}

function exitOf(child: Started, [file = '']: readonly string[]): Promise<Exit> {
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', (cause) => {
      if (child.pid === undefined) reject(cannotStart(file, cause));
    });
    child.once('exit', (code, signal) => resolve({ exitCode: code ?? undefined, exitSignal: signal ?? undefined }));
  });
  exit.catch(() => undefined); // it is awaited later
  return exit;
}

function cannotStart(file: string, cause: unknown): unknown {
  const code = systemCode(cause);
  const hint = 'Give the full path of a program; what a shell understands needs a shell: ["sh", "-c", "…"].';
  if (code === 'ENOENT') return new HoldfastError('not-found', `There is no program "${file}".`, { hint, cause });
  if (code?.startsWith('ERR_') === true || code === 'EINVAL' || code === 'E2BIG') {
    return new HoldfastError('invalid-input', `The program "${file}" cannot be started like that.`, { hint, cause });
  }
  return fromSystemError(cause, `start the program "${file}"`);
}
