/** The credential of a remote, as the user gives it: from a file, or typed in unseen. Never as an argument, which others can see. */
import type { Command } from 'commander';
import { HoldfastError } from '../../base/errors.ts';
import { askPassword } from '../ask-password.ts';
import { readLine } from '../given-password.ts';

export interface CredentialOptions {
  readonly credentialFile?: string;
}

export function addCredentialOption(command: Command): void {
  command.option('--credential-file <file>', 'file with its token or key; asked for on a terminal if not given');
}

/** @throws `invalid-input` where there is none, and nobody to ask */
export async function givenCredential(
  { credentialFile }: CredentialOptions,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  if (credentialFile === undefined && process.stdin.isTTY !== true) {
    throw new HoldfastError('invalid-input', 'No credential was given, and there is no terminal to ask on.', {
      hint: 'Give it by --credential-file.',
    });
  }
  const text =
    credentialFile === undefined
      ? await askPassword({ prompt: `token or key for ${name}: `, confirm: false, signal })
      : readLine(credentialFile);
  if (text !== '') return text;
  throw new HoldfastError('invalid-input', 'The credential is empty.', { hint: 'Give one that is not.' });
}
