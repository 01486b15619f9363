/** Starts the agent in the background, and waits until it answers. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { HoldfastError } from '../base/errors.ts';
import { userFolders } from '../platform/folders.ts';
import { startDetached } from '../platform/start-detached.ts';
import type { Agent } from './agent-access.ts';

const longestMs = 15_000;
/** One that ends at once may have met another that is still starting. */
const afterEndMs = 3_000;
const pollMs = 50;
const tailBytes = 2_000;

export interface StartOptions {
  readonly find: () => Agent | undefined;
  readonly answers: (agent: Agent, signal: AbortSignal) => Promise<boolean>;
  /** Further arguments of `agent start`. */
  readonly args?: readonly string[];
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** @throws `timeout` if it does not answer in time, `internal` if it ended; both show what its log said last */
export async function startAgent(options: StartOptions): Promise<{ readonly agent: Agent; readonly logFile: string }> {
  const { find, answers, args = [], signal, clock = systemClock } = options;
  const logFile = agentLogFile();
  const logStart = sizeOf(logFile);
  const started = await startDetached({
    command: process.execPath,
    args: [...nodeOptions(), programFile(), 'agent', 'start', '--quiet', ...args],
    logFile,
    environment: withoutSecrets(process.env),
  });
  let untilMs = clock.monotonicMs() + longestMs;
  let sawEnd = false;
  while (clock.monotonicMs() < untilMs) {
    const agent = find();
    if (agent !== undefined && (await answers(agent, signal))) return { agent, logFile };
    if (!sawEnd && started.exitCode() !== undefined) {
      sawEnd = true;
      untilMs = clock.monotonicMs() + afterEndMs;
    }
    await clock.sleep(pollMs, signal);
  }
  const said = tailOf(logFile, logStart);
  throw new HoldfastError(
    sawEnd ? 'internal' : 'timeout',
    sawEnd ? 'The agent ended while it started.' : `The agent does not answer after ${longestMs / 1000} s.`,
    { hint: said === '' ? `Its log is ${logFile}.` : `Its log (${logFile}) says: ${said}` },
  );
}

/** Where the agent of this profile keeps its state. */
export function agentFolder(): string {
  return join(userFolders().data, 'agent');
}

function agentLogFile(): string {
  return join(agentFolder(), 'agent.log');
}

/** The script that runs now. */
export function programFile(): string {
  const [, file = ''] = process.argv;
  return file;
}

/** What this Node was started with, for another one. Debuggers would want the same port. */
export function nodeOptions(): string[] {
  return process.execArgv.filter((option) => !option.startsWith('--inspect'));
}

/** The agent lives long, and what it starts inherits from it: neither passwords nor this call's repository are its business. */
export function withoutSecrets(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOurs = (name: string): boolean => /^(HOLDFAST|RESTIC)_/.test(name);
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !isOurs(name) || /^HOLDFAST_.*_DIR$/.test(name)),
  );
}

function sizeOf(file: string): number {
  try {
    const fd = openSync(file, 'r');
    try {
      return fstatSync(fd).size;
    } finally {
      closeSync(fd);
    }
  } catch {
    return 0;
  }
}

/** The last lines that were written since, as one. */
function tailOf(file: string, since: number): string {
  try {
    const fd = openSync(file, 'r');
    try {
      const { size } = fstatSync(fd);
      const from = Math.max(since, size - tailBytes);
      const bytes = Buffer.alloc(Math.max(0, size - from));
      readSync(fd, bytes, 0, bytes.length, from);
      return bytes.toString('utf8').trim().split('\n').slice(-5).join('; ');
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}
