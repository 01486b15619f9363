/** What a plan leaves out, as options say it. */
import type { Command } from 'commander';
import { toUtf8 } from '../../base/byte-string.ts';
import type { Excludes } from '../../config/plan.ts';
import { presets } from '../../source/mod.ts';
import { patternsOf } from '../input-files.ts';
import { collect, parseBytes, parseChoice } from '../options.ts';

import { defined } from './defined.ts';

export interface ExcludesOptions {
  readonly exclude?: readonly string[];
  readonly excludeFile?: readonly string[];
  readonly excludePreset?: readonly string[];
  readonly excludeLargerThan?: string;
  readonly excludeCaches?: boolean;
  readonly excludeNobackup?: boolean;
  readonly gitignore?: boolean;
  readonly oneFileSystem?: boolean;
}

export function addExcludesOptions(command: Command): void {
  command
    .option('-e, --exclude <pattern>', 'leave out what matches (may be repeated)', collect)
    .option('--exclude-file <file>', 'patterns from a file', collect)
    .option('--exclude-preset <name>', `leave out a preset: ${presets.map(({ name }) => name).join(', ')}`, collect)
    .option('--exclude-larger-than <size>', 'leave out files larger than that')
    .option('--exclude-caches', 'leave out folders with a CACHEDIR.TAG (on for new plans)')
    .option('--no-exclude-caches', 'save them')
    .option('--exclude-nobackup', 'leave out folders with a .nobackup file (on for new plans)')
    .option('--no-exclude-nobackup', 'save them')
    .option('--gitignore', 'honour .gitignore files')
    .option('--no-gitignore', 'do not')
    .option('-x, --one-file-system', 'stay on the file systems of the sources')
    .option('--no-one-file-system', 'do not');
}

/** `before` with what was given; patterns and presets are added to those that are there. */
export function excludesOf(options: ExcludesOptions, before: Excludes): Excludes {
  const patterns = patternsOf(options.exclude, options.excludeFile).map(toUtf8);
  const names = presets.map(({ name }) => name);
  const chosen = (options.excludePreset ?? [])
    .flatMap((list) => list.split(','))
    .map((name) => parseChoice('--exclude-preset', name.trim(), names));
  return {
    ...before,
    patterns: [...new Set([...before.patterns, ...patterns])],
    presets: [...new Set([...before.presets, ...chosen])],
    ...defined({
      largerThanBytes:
        options.excludeLargerThan === undefined
          ? undefined
          : parseBytes('--exclude-larger-than', options.excludeLargerThan),
      caches: options.excludeCaches,
      nobackupMarker: options.excludeNobackup,
      honourGitignoreFiles: options.gitignore,
      oneFileSystem: options.oneFileSystem,
    }),
  };
}
