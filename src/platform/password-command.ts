/**
 * Runs the user's program that prints a password (restic's --password-command). Never by a shell.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HoldfastError, messageOf } from '../base/errors.ts';

/** The first line that the command prints. Words may be quoted by ' or ", a backslash takes the next character as it is. */
export async function runPasswordCommand(command: string, signal: AbortSignal): Promise<string> {
  const [file, ...args] = splitWords(command);
  if (file === undefined) throw new HoldfastError('invalid-input', 'The password command is empty.');
  try {
    const { stdout } = await promisify(execFile)(file, args, { signal, encoding: 'utf8' });
    return stdout.replace(/\r?\n[\s\S]*$/, '');
  } catch (cause) {
    signal.throwIfAborted();
    // What the command printed stays out of the message: it may be the password.
    throw new HoldfastError('invalid-input', `The password command ${file} failed.`, {
      hint: 'Run it by hand: it must print the password and end with success.',
      cause: new Error(messageOf(cause).split('\n')[0]),
    });
  }
}

/** Splits a command line into words. @throws `invalid-input` for a quote without an end */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\' && quote !== "'" && at + 1 < text.length) word = (word ?? '') + text[++at];
    else if (char === quote) quote = undefined;
    else if (quote !== undefined) word = (word ?? '') + char;
    else if (char === '"' || char === "'") [quote, word] = [char, word ?? ''];
    else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (quote !== undefined) throw new HoldfastError('invalid-input', `The command has a ${quote} without its end.`);
  if (word !== undefined) words.push(word);
  return words;
}
