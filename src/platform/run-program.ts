/**
 * Runs programs of the system that tell something or change a setting: by argument arrays, never by a shell; bounded in time and
 * output; in the C locale, so that what they print can be parsed. That a program is not there is an answer, not an error.
 */
import { execFile } from 'node:child_process';
import { systemCode } from '../base/errors.ts';

export interface ProgramResult {
  /** Its exit code; `missing`: there is no such program here; `killed`: it took too long, or died of a signal. */
  readonly code: number | 'missing' | 'killed';
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunProgramOptions {
  readonly signal: AbortSignal;
  /** Killed (SIGKILL) after this long. Default 5,000. */
  readonly timeoutMs?: number;
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Rejects with `signal.reason` when cancelled, and else never. */
export type RunProgram = (file: string, args: readonly string[], options: RunProgramOptions) => Promise<ProgramResult>;

export const runProgram: RunProgram = (file, args, options) => {
  const { signal, timeoutMs = 5_000 } = options;
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const settings = {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', ...options.environment },
      killSignal: 'SIGKILL',
      maxBuffer: 4 << 20,
      signal,
      timeout: timeoutMs,
      windowsHide: true,
    } as const;
    execFile(file, args, settings, (error, stdout, stderr) => {
      if (signal.aborted) reject(signal.reason);
      else resolve({ code: codeOf(error), stdout, stderr });
    });
  });
};

function codeOf(error: Error | null): ProgramResult['code'] {
  if (error === null) return 0;
  const system = systemCode(error);
  if (system === 'ENOENT' || system === 'EACCES' || system === 'ENOTDIR') return 'missing';
  return 'code' in error && typeof error.code === 'number' ? error.code : 'killed';
}
