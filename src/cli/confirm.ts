/** Asks yes or no on the terminal before something is done that cannot be taken back. */
import { createInterface } from 'node:readline/promises';
import { HoldfastError } from '../base/errors.ts';

export interface ConfirmOptions {
  /** "Remove the plan X?" */
  readonly question: string;
  /** --yes: no question. */
  readonly yes: boolean;
  readonly signal: AbortSignal;
}

/** Returns if it may be done. @throws `cancelled` for a no, `invalid-input` where there is nobody to ask */
export async function confirm({ question, yes, signal }: ConfirmOptions): Promise<void> {
  if (yes) return;
  if (process.stdin.isTTY !== true) {
    throw new HoldfastError('invalid-input', `${question} There is no terminal to ask on.`, {
      hint: 'Give --yes if it may be done.',
    });
  }
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await reader.question(`${question} [y/N] `, { signal });
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    reader.close();
  }
  throw new HoldfastError('cancelled', 'Nothing was changed.');
}
