/**
 * Lists of path patterns with restic's meaning (its doc/040_backup.rst, "Excluding files", and internal/filter):
 * - a pattern with a leading `/` starts at the root, any other fits at any depth; what is below a match matches too;
 * - a component is a shell pattern (glob.ts); `**` as a whole component stands for any number of components;
 * - `!` in front takes back what patterns before it matched; the last word counts;
 * - letter case can be ignored (both sides made small).
 *
 * Made for a walk: what a folder's path says is worked out once a folder, so that an entry costs only the comparison of its
 * name with the patterns' last components, found by a map where they are plain names or `*.ending`.
 */
import { type ByteString, fromUtf8, isAscii, toUtf8 } from './byte-string.ts';
import { compileGlob, type Glob } from './glob.ts';

export interface PatternOptions {
  readonly ignoreCase?: boolean;
  /** `\` separates components (Windows), instead of taking the next character as it is. */
  readonly backslashSeparates?: boolean;
}

/** The root as a component of an absolute path. */
const ROOT = '/';

type Part = Glob | 'any-depth';

interface Pattern {
  readonly parts: readonly Part[];
  readonly negated: boolean;
  readonly absolute: boolean;
  /** How many `**` it has. */
  readonly wildcards: number;
  /** The last part, where a match that the folder's path does not have already must end with it. */
  readonly last: Glob | undefined;
}

/** See the file header. `NO_MATCH` or the index of the pattern that decided comes out. */
export const NO_MATCH = -1;

export class PatternList {
  readonly #patterns: readonly Pattern[];
  readonly #ignoreCase: boolean;
  readonly #hasNegated: boolean;
  readonly #byName = new Map<ByteString, number[]>();
  readonly #byEnding = new Map<ByteString, number[]>();
  readonly #others: number[] = [];

  /** The folder that was asked about last, with its slash, its components, and which patterns match it as a whole. */
  #folder = '';
  #components: ByteString[] = [];
  #inherited: boolean[] = [];
  #firstInherited = NO_MATCH;

  /**
   * Empty patterns match nothing.
   * @throws HoldfastError 'invalid-input' that names a malformed pattern.
   */
  constructor(patterns: readonly ByteString[], options: PatternOptions = {}) {
    this.#ignoreCase = options.ignoreCase === true;
    this.#patterns = patterns.map((pattern) => parsePattern(this.#ignoreCase ? lower(pattern) : pattern, options));
    this.#hasNegated = this.#patterns.some((pattern) => pattern.negated);
    this.#patterns.forEach((pattern, index) => {
      this.#fileUnderLastPart(pattern, index);
    });
  }

  get length(): number {
    return this.#patterns.length;
  }

  /** The index of the pattern by which an absolute path is matched, or `NO_MATCH`. */
  match(path: ByteString): number {
    if (this.#patterns.length === 0) return NO_MATCH;
    const slash = path.lastIndexOf('/') + 1;
    if (slash !== this.#folder.length || !path.startsWith(this.#folder)) this.#enter(path.slice(0, slash));
    const name = path.slice(slash);
    return this.#matchName(this.#ignoreCase ? lower(name) : name);
  }

  /** As `match`, and whether something below the path may match: for including, where folders are entered to look. */
  matchWithChildren(path: ByteString): { readonly matched: boolean; readonly childMayMatch: boolean } {
    const components = splitPath(this.#ignoreCase ? lower(path) : path);
    let matched = false;
    let childMayMatch = false;
    for (const pattern of this.#patterns) {
      const match = matchesPath(pattern, components);
      if (pattern.negated) {
        matched &&= !match;
        childMayMatch &&= !match;
      } else {
        matched ||= match;
        childMayMatch ||= mayMatchBelow(pattern, components);
      }
    }
    return { matched, childMayMatch };
  }

  /**
   * Whether an entry of this name may match, wherever it is, but for what is below a folder that matches: what no last
   * component fits cannot.
   */
  mayMatchName(name: ByteString): boolean {
    const compared = this.#ignoreCase ? lower(name) : name;
    return this.#patterns.some(({ parts, last }) => parts.length > 0 && (last === undefined || last.matches(compared)));
  }

  /** Whether `mayMatchName` spares a search of all folders anything: some pattern fits at any depth, and none fits every name. */
  get namesTell(): boolean {
    return (
      this.#patterns.some(({ absolute }) => !absolute) &&
      this.#patterns.every(({ parts, last }) => parts.length === 0 || (last !== undefined && last.suffix !== ''))
    );
  }

  #fileUnderLastPart(pattern: Pattern, index: number): void {
    const { last } = pattern;
    const add = (map: Map<ByteString, number[]>, key: ByteString): void => {
      const list = map.get(key);
      if (list === undefined) map.set(key, [index]);
      else list.push(index);
    };
    if (pattern.parts.length === 0) return;
    if (last?.literal !== undefined) add(this.#byName, last.literal);
    else if (last?.suffix?.startsWith('.') === true && last.suffix.lastIndexOf('.') === 0)
      add(this.#byEnding, last.suffix);
    else this.#others.push(index);
  }

  #enter(folder: ByteString): void {
    this.#folder = folder;
    const path = folder === ROOT ? ROOT : folder.slice(0, -1);
    this.#components = splitFolder(this.#ignoreCase ? lower(path) : path);
    this.#inherited = this.#patterns.map((pattern) => matchesPath(pattern, this.#components));
    this.#firstInherited = this.#inherited.indexOf(true);
  }

  #matchName(name: ByteString): number {
    if (this.#hasNegated) return this.#matchInOrder(name);
    if (this.#firstInherited >= 0) return this.#firstInherited;
    const named = this.#byName.size === 0 ? undefined : this.#byName.get(name);
    if (named !== undefined) {
      for (const index of named) if (this.#endsMatch(index, name)) return index;
    }
    if (this.#byEnding.size > 0) {
      const dot = name.lastIndexOf('.');
      const ending = dot < 0 ? undefined : this.#byEnding.get(name.slice(dot));
      if (ending !== undefined) {
        for (const index of ending) if (this.#endsMatch(index, name)) return index;
      }
    }
    for (const index of this.#others) if (this.#endsMatch(index, name)) return index;
    return NO_MATCH;
  }

  #matchInOrder(name: ByteString): number {
    let decided = NO_MATCH;
    for (let index = 0; index < this.#patterns.length; index++) {
      const negated = this.#patterns[index]?.negated === true;
      if (negated === (decided === NO_MATCH)) continue; // it could not change anything
      if (this.#inherited[index] === true || this.#endsMatch(index, name)) decided = negated ? NO_MATCH : index;
    }
    return decided;
  }

  /** Whether the pattern matches with the entry's name as its last component. */
  #endsMatch(index: number, name: ByteString): boolean {
    const pattern = this.#patterns[index];
    if (pattern === undefined || pattern.last?.matches(name) === false) return false;
    const { parts, absolute, wildcards } = pattern;
    const folders = this.#components;
    if (wildcards > 0) return matchesPath(pattern, [...folders, name]);
    const start = folders.length + 1 - parts.length;
    if (absolute ? start !== 0 : start < rootLength(folders)) return false;
    return fits(parts.slice(0, -1), folders, start);
  }
}

/** Small letters; names that are no UTF-8 keep only what is ASCII of it exact. */
function lower(bytes: ByteString): ByteString {
  return isAscii(bytes) ? bytes.toLowerCase() : fromUtf8(toUtf8(bytes).toLowerCase());
}

function parsePattern(text: ByteString, options: PatternOptions): Pattern {
  if (text === '') return { parts: [], negated: false, absolute: false, wildcards: 0, last: undefined };
  const negated = text.startsWith('!');
  const bare = negated ? text.slice(1) : text;
  const names = splitPath(clean(options.backslashSeparates === true ? bare.replaceAll('\\', '/') : bare));
  const absolute = names[0] === ROOT;
  let parts = names.map((name): Part => (name === '**' || name === '' ? 'any-depth' : compileGlob(name)));
  let wildcards = parts.filter((part) => part === 'any-depth').length;
  if (wildcards === 1 && parts.length > 1 && parts.at(-1) === 'any-depth') {
    parts = parts.slice(0, -1); // what is below a match matches anyway
    wildcards = 0;
  }
  const end = parts.at(-1);
  const last = wildcards <= 1 && end !== 'any-depth' ? end : undefined;
  return { parts, negated, absolute, wildcards, last };
}

/** As Go's filepath.Clean: no `.`, no `..` that can be resolved, no doubled or trailing slash. */
function clean(path: ByteString): ByteString {
  const rooted = path.startsWith('/');
  const kept: ByteString[] = [];
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') kept.push(name);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push(name);
  }
  return rooted ? `/${kept.join('/')}` : kept.join('/') || '.';
}

function splitPath(path: ByteString): ByteString[] {
  const components = path.split('/');
  if (components[0] === '') components[0] = ROOT;
  return components;
}

/** Like `splitPath`, but the root folder is one component, as it is in front of an entry's name. */
function splitFolder(path: ByteString): ByteString[] {
  return path === ROOT ? [ROOT] : splitPath(path);
}

/** 1 where the first component is the root, which only the root of a pattern matches. */
function rootLength(components: readonly ByteString[]): number {
  return components[0] === ROOT ? 1 : 0;
}

/** Whether these parts (no `**`) match the components from `start` on. */
function fits(parts: readonly Part[], components: readonly ByteString[], start: number): boolean {
  for (let index = parts.length - 1; index >= 0; index--) {
    const part = parts[index];
    const component = components[start + index];
    if (part === undefined || part === 'any-depth' || component === undefined || !part.matches(component)) return false;
  }
  return true;
}

/** Whether the pattern matches the path or a folder above it. */
function matchesPath(pattern: Pattern, components: readonly ByteString[]): boolean {
  const { parts, absolute, wildcards } = pattern;
  const concrete = parts.length - wildcards;
  const first = absolute ? 0 : rootLength(components);
  const last = absolute ? 0 : components.length - concrete;
  if (parts.length === 0) return false;
  const segments = segmentsOf(parts);
  // restic gives up when the path is shorter than the pattern with each `**` counted as one, less one for each that it has
  // spelled out. So `/a/**/b/**` matches what is below b but not b itself. Kept, as it is what users of restic see.
  const slack = components.length - concrete - wildcards;
  const place = (index: number, at: number, swallowed: number, left: number): boolean => {
    const segment = segments[index] ?? [];
    if (at + left > components.length || !fits(segment, components, at)) return false;
    const end = at + segment.length;
    if (index === wildcards) return concrete + swallowed > 0;
    const most = Math.min(slack + index + 1 - swallowed, components.length - end - (left - segment.length));
    for (let gap = 0; gap <= most; gap++) {
      if (place(index + 1, end + gap, swallowed + gap, left - segment.length)) return true;
    }
    return false;
  };
  for (let start = first; start <= last; start++) if (place(0, start, 0, concrete)) return true;
  return false;
}

/** The runs of parts between the `**`: one more than there are of those. */
function segmentsOf(parts: readonly Part[]): Glob[][] {
  const segments: Glob[][] = [[]];
  for (const part of parts) {
    if (part === 'any-depth') segments.push([]);
    else segments.at(-1)?.push(part);
  }
  return segments;
}

/** Whether a path below these components may match, as far as the pattern's parts before its first `**` can tell. */
function mayMatchBelow(pattern: Pattern, components: readonly ByteString[]): boolean {
  if (!pattern.absolute) return pattern.parts.length > 0;
  const wildcard = pattern.parts.indexOf('any-depth');
  const known = wildcard < 0 ? pattern.parts.length : wildcard;
  const length = Math.min(known, components.length);
  return fits(pattern.parts.slice(0, length), components, 0);
}
