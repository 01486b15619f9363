/** The password of a repository that the agent is to use, as the user gives it. */
import type { Command } from 'commander';
import { HoldfastError } from '../base/errors.ts';
import { askPassword } from './ask-password.ts';
import { givenPassword } from './given-password.ts';
import { defined } from './plan-input/defined.ts';

export interface RepositoryPasswordOptions {
  readonly passwordFile?: string;
  readonly passwordCommand?: string;
}

export function addPasswordOptions(command: Command): void {
  command
    .option('-p, --password-file <file>', 'file with the password')
    .option('--password-command <command>', 'program that prints the password');
}

/** From an option, the environment, or a terminal. Undefined where none was given and there is nobody to ask. */
export async function repositoryPassword(
  options: RepositoryPasswordOptions,
  location: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const given = await givenInOptions(options, signal);
  if (given !== undefined || process.stdin.isTTY !== true) return given;
  return askPassword({ prompt: `password for ${location}: `, confirm: false, signal });
}

/** From an option or the environment. @throws `invalid-input` for an empty one */
export async function givenInOptions(
  { passwordFile, passwordCommand }: RepositoryPasswordOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const given = await givenPassword({ infix: '', ...defined({ passwordFile, passwordCommand }) }, signal);
  if (given !== '') return given;
  throw new HoldfastError('invalid-input', 'The password is empty.', { hint: 'Give one that is not.' });
}
