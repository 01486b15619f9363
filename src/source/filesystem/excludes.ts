/**
 * What of a source is left out: restic's exclude options with restic's meaning, .gitignore syntax, and presets, compiled once.
 *
 * A walk asks in this order, and does not enter what is rejected:
 * 1. `rejectDirectory(folder, names)` once a folder: marker files, .gitignore files, rules about neighbours;
 * 2. `rejectName(path)` for each name, before it is looked at (cheap: patterns and presets);
 * 3. `rejectEntry(path, stat)`: size, file system, .gitignore rules (which tell folders from files).
 * A source itself is not asked about, as in restic ≥ 0.19: excludes act on what is below it.
 */
import { type ByteString, toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import { NO_MATCH, PatternList, type PatternOptions } from '../../base/path-patterns.ts';
import type { ExcludeReason } from './exclude-reason.ts';
import type { FileStat } from './file-stat.ts';
import { GITIGNORE, GitignoreRules } from './gitignore.ts';
import { OneFileSystem } from './one-file-system.ts';
import { type BesideRule, findPreset, type Preset, presets } from './presets.ts';
import { cacheTag, isTagged, nobackupTag, parseTagRule, type TagRule } from './tag-files.ts';

export type { ExcludeReason } from './exclude-reason.ts';

/** Patterns are byte strings: `fromUtf8` for what was typed, `parsePatternFile` for files. */
export interface ExcludeOptions {
  /** The sources: absolute, without a slash at the end. */
  readonly roots: readonly ByteString[];
  /** restic's --exclude (and the lines of --exclude-file after them). */
  readonly patterns?: readonly ByteString[];
  /** restic's --iexclude. */
  readonly patternsIgnoringCase?: readonly ByteString[];
  /** In .gitignore's syntax, relative to each source. */
  readonly gitignorePatterns?: readonly ByteString[];
  /** .gitignore files found in the sources count. */
  readonly honourGitignoreFiles?: boolean;
  /** Names of presets (presets.ts). */
  readonly presets?: readonly string[];
  /** restic's --exclude-caches. */
  readonly caches?: boolean;
  /** The content of folders with a `.nobackup` file. */
  readonly nobackupMarker?: boolean;
  /** restic's --exclude-if-present: FILE or FILE:HEADER. */
  readonly ifPresent?: readonly ByteString[];
  /** restic's --exclude-larger-than, in bytes. */
  readonly largerThanBytes?: number;
  /** restic's --one-file-system. */
  readonly oneFileSystem?: boolean;
  /** Hears of marker and .gitignore files that cannot be read. */
  readonly warn?: (message: string) => void;
}

/** All paths absolute; the reason says which rule. See the file header for the order. */
export interface Selector {
  rejectName(path: ByteString): ExcludeReason | undefined;
  rejectEntry(path: ByteString, stat: FileStat): ExcludeReason | undefined;
  /** The names in a folder that are rejected for what else is in it, or undefined for none. May read marker files. */
  rejectDirectory(path: ByteString, names: readonly ByteString[]): ReadonlyMap<ByteString, ExcludeReason> | undefined;
}

/** @throws HoldfastError 'invalid-input' for a malformed pattern, an unknown preset, or one-file-system on Windows. */
export function compileExcludes(options: ExcludeOptions): Selector {
  const warn = options.warn ?? (() => undefined);
  const chosen = (options.presets ?? []).map(presetOf);
  const git = new GitignoreRules(warn);
  if (options.gitignorePatterns !== undefined && options.gitignorePatterns.length > 0) {
    const text = options.gitignorePatterns.map(toUtf8).join('\n');
    for (const root of options.roots) git.add(withSlash(root), text);
  }
  return {
    rejectName: compileNames(options, chosen),
    rejectEntry: compileEntries(options, git),
    rejectDirectory: compileDirectories(options, chosen, git, warn),
  };
}

type NameReason = readonly [pattern: ByteString, reason: ExcludeReason];
type NameRule = { readonly list: PatternList; readonly reasons: readonly ExcludeReason[] };

function compileNames(options: ExcludeOptions, chosen: readonly Preset[]): Selector['rejectName'] {
  const windows = process.platform === 'win32';
  const foldsCase = windows || process.platform === 'darwin';
  const rules: NameRule[] = [];
  const add = (rejects: readonly NameReason[], settings: PatternOptions): void => {
    if (rejects.length === 0) return;
    const patterns = rejects.map(([pattern]) => pattern);
    const list = new PatternList(patterns, { backslashSeparates: windows, ...settings });
    rules.push({ list, reasons: rejects.map(([, reason]) => reason) });
  };
  const byPattern = (kind: ExcludeReason['kind'], patterns: readonly ByteString[] = []): NameReason[] =>
    patterns.map((pattern) => [pattern, Object.freeze({ kind, rule: toUtf8(pattern) })]);
  const byPreset = ({ name, patterns }: Preset): NameReason[] => {
    const reason: ExcludeReason = Object.freeze({ kind: 'preset', rule: name });
    return patterns.map((pattern) => [pattern, reason]);
  };
  add(byPattern('pattern-ignoring-case', options.patternsIgnoringCase), { ignoreCase: true });
  add(byPattern('pattern', options.patterns), {});
  add(chosen.flatMap(byPreset), { ignoreCase: foldsCase });

  const [first, second] = rules;
  if (first === undefined) return () => undefined;
  const ask = ({ list, reasons }: NameRule, path: ByteString): ExcludeReason | undefined => {
    const index = list.match(path);
    return index === NO_MATCH ? undefined : reasons[index];
  };
  if (second === undefined) return (path) => ask(first, path);
  return (path) => {
    for (const rule of rules) {
      const reason = ask(rule, path);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
}

function compileEntries(options: ExcludeOptions, git: GitignoreRules): Selector['rejectEntry'] {
  const usesGit = (options.gitignorePatterns?.length ?? 0) > 0 || options.honourGitignoreFiles === true;
  const limit = options.largerThanBytes ?? Number.POSITIVE_INFINITY;
  const tooLarge: ExcludeReason = Object.freeze({ kind: 'larger-than', rule: String(limit) });
  if (options.oneFileSystem === true && process.platform === 'win32') {
    throw new HoldfastError('invalid-input', 'One file system is not supported on Windows');
  }
  const system = options.oneFileSystem === true ? new OneFileSystem(options.roots) : undefined;
  return (path, stat) => {
    if (stat.size > limit && stat.kind !== 'dir') return tooLarge;
    const reason = system?.reject(path, stat);
    if (reason !== undefined || !usesGit) return reason;
    return git.reject(path, stat.kind === 'dir');
  };
}

function compileDirectories(
  options: ExcludeOptions,
  chosen: readonly Preset[],
  git: GitignoreRules,
  warn: (message: string) => void,
): Selector['rejectDirectory'] {
  const tags: TagRule[] = (options.ifPresent ?? []).map(parseTagRule);
  if (options.caches === true || chosen.some((preset) => preset.taggedCaches)) tags.push(parseTagRule(cacheTag));
  if (options.nobackupMarker === true) tags.push(parseTagRule(nobackupTag));
  const besides = chosen.flatMap((preset) => (preset.beside ?? []).map((rule) => ({ rule, preset: preset.name })));
  const honourGit = options.honourGitignoreFiles === true;
  if (tags.length === 0 && besides.length === 0 && !honourGit) return () => undefined;

  return (path, names) => {
    const prefix = withSlash(path);
    if (honourGit && names.includes(GITIGNORE)) git.addFile(prefix);
    const rejected = new Map<ByteString, ExcludeReason>();
    for (const { rule, preset } of besides) {
      if (applies(rule, names)) rejected.set(rule.name, { kind: 'preset', rule: preset });
    }
    for (const tag of tags) {
      if (!isTagged(tag, prefix, names, warn)) continue;
      for (const name of names) if (name !== tag.file && !rejected.has(name)) rejected.set(name, tag.reason);
    }
    return rejected.size === 0 ? undefined : rejected;
  };
}

function applies({ name, beside }: BesideRule, names: readonly ByteString[]): boolean {
  return names.includes(name) && beside.some((file) => names.includes(file));
}

function presetOf(name: string): Preset {
  const preset = findPreset(name);
  if (preset !== undefined) return preset;
  throw new HoldfastError('invalid-input', `There is no exclude preset "${name}"`, {
    hint: `Choose from: ${presets.map((known) => known.name).join(', ')}.`,
  });
}

function withSlash(path: ByteString): ByteString {
  return path.endsWith('/') ? path : `${path}/`;
}
