/** Passwords that the user gives: by options, else by the environment (all of HOLDFAST_… before any of RESTIC_…). */
import { readFileSync } from 'node:fs';
import { fromSystemError } from '../base/errors.ts';
import { runPasswordCommand } from '../platform/password-command.ts';

/** Whose variables are read, in this order. */
export const programs = ['HOLDFAST', 'RESTIC'];

export interface PasswordOptions {
  readonly passwordFile?: string | undefined;
  readonly passwordCommand?: string | undefined;
  /** Environment variables are <program>_<infix>PASSWORD and so on. */
  readonly infix: string;
}

/** Undefined if none was given. It may be empty, which the caller refuses. */
export async function givenPassword(options: PasswordOptions, signal: AbortSignal): Promise<string | undefined> {
  const { passwordFile, passwordCommand, infix } = options;
  if (passwordFile !== undefined) return readLine(passwordFile);
  if (passwordCommand !== undefined) return runPasswordCommand(passwordCommand, signal);
  for (const program of programs) {
    const file = variable(program, infix, 'PASSWORD_FILE');
    if (file !== undefined) return readLine(file);
    const command = variable(program, infix, 'PASSWORD_COMMAND');
    if (command !== undefined) return runPasswordCommand(command, signal);
    const password = variable(program, infix, 'PASSWORD');
    if (password !== undefined) return password;
  }
  return undefined;
}

/** An environment variable that is set and not empty. */
export function variable(program: string, infix: string, name: string): string | undefined {
  return process.env[`${program}_${infix}${name}`] || undefined;
}

/** A file's text without white space (and a byte order mark) around it: how restic reads passwords and locations. */
export function readLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw fromSystemError(error, `read ${path}`);
  }
}
