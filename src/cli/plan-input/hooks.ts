/** Programs that run around a plan's backups, as options say them: --before, --after, --on-failure. No shell is involved. */
import type { Command } from 'commander';
import { HoldfastError } from '../../base/errors.ts';
import type { Hook, Plan } from '../../config/plan.ts';
import { splitWords } from '../../platform/password-command.ts';
import { collect, parseDurationMs } from '../options.ts';

export interface HookOptions {
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly onFailure?: readonly string[];
  readonly hookTimeout?: string;
  readonly cancelIfBeforeFails?: boolean;
}

export function addHookOptions(command: Command): void {
  command
    .option('--before <command>', 'program to run before: words, or a JSON array of them (may be repeated)', collect)
    .option('--after <command>', 'program to run after a backup that was made', collect)
    .option('--on-failure <command>', 'program to run after a backup that failed', collect)
    .option('--hook-timeout <time>', 'the programs of this call are ended after that (60s)')
    .option('--cancel-if-before-fails', 'no backup when a --before of this call fails');
}

/** `before` with the hooks that were given behind those that are there. */
export function hooksOf(options: HookOptions, before: Plan['hooks']): Plan['hooks'] {
  const given = [options.before, options.after, options.onFailure].some((list) => list !== undefined);
  if (!given && (options.hookTimeout !== undefined || options.cancelIfBeforeFails !== undefined)) {
    throw new HoldfastError('invalid-input', '--hook-timeout and --cancel-if-before-fails go with a program only.', {
      hint: 'Give --before, --after or --on-failure, too.',
    });
  }
  const timeoutSeconds =
    options.hookTimeout === undefined ? 60 : Math.ceil(parseDurationMs('--hook-timeout', options.hookTimeout) / 1000);
  const make = (option: string, texts: readonly string[] = [], cancelOnFailure = false): Hook[] =>
    texts.map((text) => ({ command: commandOf(option, text), timeoutSeconds, cancelOnFailure }));
  return {
    before: [...before.before, ...make('--before', options.before, options.cancelIfBeforeFails)],
    after: [...before.after, ...make('--after', options.after)],
    onFailure: [...before.onFailure, ...make('--on-failure', options.onFailure)],
  };
}

/** `["notify", "a b"]` or `notify "a b"`: a program and its arguments. */
function commandOf(option: string, text: string): string[] {
  const words = text.trimStart().startsWith('[') ? parseArray(option, text) : splitWords(text);
  if (words[0]) return words;
  throw new HoldfastError('invalid-input', `${option} is empty.`, { hint: 'Give a program and its arguments.' });
}

function parseArray(option: string, text: string): string[] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed) && parsed.every((word) => typeof word === 'string')) return parsed;
  } catch {
    // Said below.
  }
  throw new HoldfastError('invalid-input', `${option} starts with "[" and is no JSON array of texts.`, {
    hint: 'Give it as ["program", "argument", …], or as words without the bracket.',
  });
}
