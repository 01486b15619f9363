/**
 * Excludes in .gitignore's syntax: patterns for whole sources, and (if asked for) .gitignore files found on the way, where the
 * deepest one that says something about a path has the last word, as in git.
 *
 * Files count wherever they are, in a git repository or not. Names are compared as UTF-8 text.
 */
import { readFileSync } from 'node:fs';
import ignore from 'ignore';
import { type ByteString, fsPath, toUtf8 } from '../../base/byte-string.ts';
import { messageOf } from '../../base/errors.ts';
import type { ExcludeReason } from './exclude-reason.ts';

export const GITIGNORE = '.gitignore';

/** The library remembers every path it was asked about; after so many it starts anew. */
const REMEMBERED_PATHS = 10_000;

const ignoreCase = process.platform === 'win32' || process.platform === 'darwin'; // as git's core.ignorecase there

export class GitignoreRules {
  readonly #byFolder = new Map<ByteString, RuleSet[]>();
  readonly #warn: (message: string) => void;
  /** The folder that was asked about last, and the rules that hold in it, deepest first. */
  #folder: ByteString | undefined;
  #rules: readonly RuleSet[] = [];

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** @param prefix the folder (with its slash) that the patterns are relative to. */
  add(prefix: ByteString, text: string): void {
    const list = this.#byFolder.get(prefix) ?? [];
    list.unshift(new RuleSet(prefix, text)); // the .gitignore file found later goes before the patterns given
    this.#byFolder.set(prefix, list);
    this.#folder = undefined;
  }

  /** Reads the .gitignore file of a folder that has one. */
  addFile(prefix: ByteString): void {
    try {
      this.add(prefix, readFileSync(fsPath(prefix + GITIGNORE), 'utf8'));
    } catch (error) {
      this.#warn(`Cannot read ${toUtf8(prefix + GITIGNORE)}: ${messageOf(error)}`);
    }
  }

  reject(path: ByteString, isDirectory: boolean): ExcludeReason | undefined {
    if (this.#byFolder.size === 0) return undefined;
    const slash = path.lastIndexOf('/') + 1;
    if (this.#folder === undefined || slash !== this.#folder.length || !path.startsWith(this.#folder)) {
      this.#enter(path.slice(0, slash));
    }
    for (const rules of this.#rules) {
      const decided = rules.test(path, isDirectory);
      if (decided !== undefined) return decided === 'kept' ? undefined : decided;
    }
    return undefined;
  }

  #enter(folder: ByteString): void {
    this.#folder = folder;
    const rules: RuleSet[] = [];
    for (let slash = folder.length - 1; slash >= 0; slash = slash === 0 ? -1 : folder.lastIndexOf('/', slash - 1)) {
      rules.push(...(this.#byFolder.get(folder.slice(0, slash + 1)) ?? []));
    }
    this.#rules = rules;
  }
}

class RuleSet {
  readonly #prefix: ByteString;
  readonly #text: string;
  #matcher: ReturnType<typeof ignore>;
  #asked = 0;

  constructor(prefix: ByteString, text: string) {
    this.#prefix = prefix;
    this.#text = text;
    this.#matcher = ignore({ ignorecase: ignoreCase, allowRelativePaths: true }).add(text);
  }

  test(path: ByteString, isDirectory: boolean): ExcludeReason | 'kept' | undefined {
    if (++this.#asked % REMEMBERED_PATHS === 0) {
      this.#matcher = ignore({ ignorecase: ignoreCase, allowRelativePaths: true }).add(this.#text);
    }
    const relative = toUtf8(path.slice(this.#prefix.length));
    const { ignored, unignored, rule } = this.#matcher.test(isDirectory ? `${relative}/` : relative);
    if (ignored) return { kind: 'gitignore', rule: rule?.pattern ?? GITIGNORE };
    return unignored ? 'kept' : undefined;
  }
}
