/**
 * Runs a program that prints a lot, takes a lot, or both: an argument array, never a shell; bytes as they come, memory bounded.
 *
 *   input ──► stdin ─┐
 *                    ├─ program, in a process group of its own ──► stdout, as it is asked for
 *                    └──► it ends badly ──► the iterable throws, with the last lines of stderr
 *
 * Guarantees:
 * - What was read to its end without an error is all that a program printed which ended with exit code 0.
 * - stdin is closed only when all of the input was written: an input that throws, a cancel and a reader that leaves end the group
 *   first. So a program that takes the end of its input for success never sees a part as the whole.
 * - A cancel ends the whole group within a second.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { systemClock } from '../base/clock.ts';
import { type ErrorCode, fromSystemError, HoldfastError } from '../base/errors.ts';
import { onAbort } from '../base/on-abort.ts';
import { findProgram } from './find-program.ts';
import { OutputTail } from './output-tail.ts';
import { endGroup } from './process-group.ts';

/** A program as users know it. */
export interface Program {
  /** What it is called; the first of them that is installed. */
  readonly names: readonly [string, ...string[]];
  /** Of Debian and of Homebrew. */
  readonly packages: { readonly debian: string; readonly homebrew: string };
}

/** What its last words mean. */
export interface Explanation {
  readonly code: ErrorCode;
  /** What happened, as a sentence without its end: "the password was refused". */
  readonly says: string;
  readonly hint: string;
  readonly isTemporary?: boolean;
}

export interface StreamProgramOptions {
  readonly program: Program;
  readonly args: readonly string[];
  /** Added to this process's environment; undefined takes a variable away. Messages are in English unless it says otherwise. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** stdin is empty unless given. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** Never shown, though the program prints them. */
  readonly secrets?: readonly string[];
  readonly explain?: (stderr: string) => Explanation | undefined;
  /** Fails, by what it printed on stderr, what ended with success. */
  readonly check?: (stderr: string) => boolean;
  readonly signal: AbortSignal;
}

/** A cancel takes effect within a second. */
const cancelGraceMs = 800;
const quotedLines = 5;

/**
 * What the program prints. It starts when the first bytes are asked for, and ends with the reader.
 *
 * @throws `not-found` if it is not installed; what `explain` says, or `io`, if it ends badly; what the input throws;
 * `signal.reason` when cancelled. Then the whole group is gone.
 */
export async function* readProgram(options: StreamProgramOptions): AsyncGenerator<Uint8Array> {
  const { signal, input } = options;
  signal.throwIfAborted();
  const child = start(options);
  const stderr = new OutputTail([child.stderr]);
  const exit = exitOf(child, options.program);
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => (ending ??= endGroup(child.pid, cancelGraceMs, systemClock));
  using _cancel = onAbort(signal, () => void end());
  const feeding = input === undefined ? noInput(child.stdin) : feed(child.stdin, input, end);
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    const code = await exit;
    const fed = await feeding;
    signal.throwIfAborted();
    await stderr.settle(systemClock, signal);
    if (fed.inputError !== undefined) throw fed.inputError;
    if (code !== 0 || options.check?.(stderr.text()) === false) throw failure(options, code, stderr.text());
    if (!fed.isWhole) throw new HoldfastError('io', `${options.program.names[0]} did not read all of its input.`);
  } finally {
    if (child.exitCode === null && child.signalCode === null) await end();
    await ending;
    child.stdin.destroy();
    child.stdout.destroy();
    stderr.close();
  }
  signal.throwIfAborted();
}

/** Runs it to its end. @returns what it printed, up to 1 MiB. @throws as `readProgram` */
export async function runToEnd(options: StreamProgramOptions): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of readProgram(options)) {
    bytes += chunk.length;
    if (bytes <= 1 << 20) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

type Started = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable };

function start({ program, args, environment }: StreamProgramOptions): Started {
  const file = findProgram(program.names);
  if (file === undefined) throw notInstalled(program);
  try {
    return spawn(file, args, {
      detached: process.platform !== 'win32', // a process group; on Windows it would be a console window
      env: { ...process.env, LC_ALL: 'C', ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
  } catch (cause) {
    throw fromSystemError(cause, `start ${program.names[0]}`);
  }
}

function notInstalled({ names: [name], packages }: Program): HoldfastError {
  return new HoldfastError('not-found', `The program "${name}" is not installed.`, {
    hint: `Install the package ${packages.debian} (Debian, Ubuntu) or ${packages.homebrew} (Homebrew).`,
    context: { program: name },
  });
}

function exitOf(child: Started, program: Program): Promise<number | string> {
  const exit = new Promise<number | string>((resolve, reject) => {
    child.once('error', (cause) => {
      if (child.pid === undefined) reject(fromSystemError(cause, `start ${program.names[0]}`));
    });
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  exit.catch(() => undefined); // it is awaited later
  return exit;
}

async function noInput(stdin: Writable): Promise<Fed> {
  stdin.on('error', () => undefined);
  stdin.end();
  return { isWhole: true };
}

interface Fed {
  readonly isWhole: boolean;
  readonly inputError?: unknown;
}

/** Writes all of it and closes stdin. Never rejects. A program that reads no further is not waited for. */
async function feed(stdin: Writable, input: AsyncIterable<Uint8Array>, end: () => Promise<void>): Promise<Fed> {
  const closed = new Promise<'closed'>((resolve) => {
    stdin.once('close', () => resolve('closed'));
    stdin.on('error', () => resolve('closed'));
  });
  const chunks = input[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([chunks.next(), closed]);
      if (next === 'closed') break;
      if (next.done === true) {
        stdin.end();
        return { isWhole: true };
      }
      if (!stdin.write(next.value)) await Promise.race([once(stdin, 'drain').catch(() => undefined), closed]);
    }
    chunks.return?.().catch(() => undefined); // it may wait for ever
    return { isWhole: false };
  } catch (inputError) {
    await end(); // before stdin is closed: it would look like the end of the input
    return { isWhole: false, inputError };
  }
}

function failure(options: StreamProgramOptions, code: number | string, stderr: string): HoldfastError {
  const { program, explain, secrets = [] } = options;
  const [name] = program.names;
  const lines = withoutSecrets(stderr, secrets).trim().split('\n').slice(-quotedLines).join('\n').slice(-2000);
  const explained = explain?.(stderr);
  const said = lines === '' ? '.' : `: ${lines}`;
  const ended =
    typeof code === 'number' ? `${name} ended with exit code ${code}${said}` : `${name} was ended by ${code}${said}`;
  return new HoldfastError(
    explained?.code ?? 'io',
    explained === undefined ? ended : `${name}: ${explained.says}${said}`,
    {
      retry: explained?.isTemporary === true ? 'backoff' : 'never',
      hint: explained?.hint ?? `Read what ${name} says, and run it by hand with the same user.`,
      context: { program: name, exitCode: typeof code === 'number' ? code : undefined },
    },
  );
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== '').reduce((left, secret) => left.replaceAll(secret, '***'), text);
}
