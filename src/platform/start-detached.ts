/**
 * Starts a program that goes on when this one ends: in a session of its own, without a terminal, its output appended to a log
 * that only this user can read. By an argument array, never by a shell.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { fromSystemError } from '../base/errors.ts';

export interface DetachedOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Its folder is made when needed. */
  readonly logFile: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Detached {
  readonly pid: number;
  /** Its exit code once it has ended, as long as this process is there to see it; undefined while it runs. */
  readonly exitCode: () => number | undefined;
}

/** @throws `not-found`, `permission` … if the log cannot be written or the program cannot be started */
export async function startDetached(options: DetachedOptions): Promise<Detached> {
  const { command, args, logFile, environment } = options;
  const log = openLog(logFile);
  try {
    const child = spawn(command, args, {
      // Not where it happens to be called: a drive there could not be removed as long as it runs.
      cwd: homedir(),
      detached: true,
      env: environment,
      stdio: ['ignore', log, log],
      windowsHide: true,
    });
    let ended: number | undefined;
    child.once('exit', (code) => {
      ended = code ?? 1;
    });
    child.unref();
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('spawn', () => resolve(child.pid ?? 0));
      child.once('error', (error) => reject(fromSystemError(error, `start ${command}`)));
    });
    return { pid, exitCode: () => ended };
  } finally {
    closeSync(log);
  }
}

function openLog(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw fromSystemError(error, `write ${path}`);
  }
}
