/** Asks for a password on the terminal, without showing it. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { HoldfastError } from '../base/errors.ts';

export interface AskOptions {
  readonly prompt: string;
  /** Ask twice, for a new password. */
  readonly confirm: boolean;
  readonly signal: AbortSignal;
}

/** @throws `invalid-input` where there is no terminal, for an empty one, and when the two differ */
export async function askPassword(options: AskOptions): Promise<string> {
  if (process.stdin.isTTY !== true) {
    throw new HoldfastError('invalid-input', 'No password was given, and there is no terminal to ask on.', {
      hint: 'Give it by --password-file, --password-command or HOLDFAST_PASSWORD.',
    });
  }
  const password = await ask(options.prompt, options.signal);
  if (password === '')
    throw new HoldfastError('invalid-input', 'The password is empty.', { hint: 'Give one that is not.' });
  if (options.confirm && (await ask('again: ', options.signal)) !== password) {
    throw new HoldfastError('invalid-input', 'The two passwords differ.', { hint: 'Run it again.' });
  }
  return password;
}

async function ask(prompt: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  process.stderr.write(prompt);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once('line', resolve);
      reader.once('close', () => reject(new HoldfastError('cancelled', 'No password was given.')));
      reader.once('SIGINT', () => reject(new HoldfastError('cancelled', 'Cancelled.')));
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}
