/** The passphrase that secrets in files are encrypted under, from the environment. */
import { readFileSync } from 'node:fs';
import { fromSystemError, HoldfastError } from '../base/errors.ts';

/**
 * HOLDFAST_PASSPHRASE, else the first line of the file that HOLDFAST_PASSPHRASE_FILE names; undefined if neither is set.
 *
 * @throws HoldfastError for a file that cannot be read or has an empty line
 */
export function environmentPassphrase(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const { HOLDFAST_PASSPHRASE: given, HOLDFAST_PASSPHRASE_FILE: file } = environment;
  if (given) return given;
  if (!file) return undefined;
  const line = firstLine(file);
  if (line !== '') return line;
  throw new HoldfastError('invalid-input', `The passphrase in ${file} is empty.`, {
    hint: 'Write the passphrase into its first line.',
  });
}

function firstLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n[\s\S]*$/, '');
  } catch (error) {
    throw fromSystemError(error, `read the passphrase in ${path}`);
  }
}
