/**
 * What of the sources is watched: the excludes of the plan, asked event by event.
 *
 * A Selector is made for one walk, so it may know .gitignore and marker files as they were. Where one of these appears,
 * changes or goes, `changed` in the answer says that a new Selector, and a new look at everything, are needed.
 */
import type { ByteString } from '../../base/byte-string.ts';
import { isHoldfastError } from '../../base/errors.ts';
import { listNames, type Selector } from '../../source/mod.ts';
import { statIfThere } from './folder-identity.ts';

/** Whether an event counts: `changed` where it is one of the rules themselves. */
export type Verdict = 'counts' | 'left-out' | 'changed';

export class WatchRules {
  readonly #selector: Selector;
  readonly #sources: ReadonlySet<ByteString>;
  /** Folders in which something is left out for what else is in them, and what. */
  readonly #filtered = new Map<ByteString, ReadonlySet<ByteString>>();

  constructor(selector: Selector, sources: readonly ByteString[]) {
    this.#selector = selector;
    this.#sources = new Set(sources);
  }

  /** The names in a folder that may be looked at. Reads marker and .gitignore files. */
  select(folder: ByteString, names: readonly ByteString[]): ReadonlySet<ByteString> {
    const rejected = this.#selector.rejectDirectory(folder, names);
    if (rejected === undefined) this.#filtered.delete(folder);
    else this.#filtered.set(folder, new Set(rejected.keys()));
    return new Set(names.filter((name) => rejected?.has(name) !== true));
  }

  /** Whether `select` said so of this name. */
  leavesOut(folder: ByteString, name: ByteString): boolean {
    return this.#filtered.get(folder)?.has(name) === true;
  }

  /** Whether a path is left out for what it is called. */
  leavesOutName(path: ByteString): boolean {
    return !this.#sources.has(path) && this.#selector.rejectName(path) !== undefined;
  }

  /** Whether a folder that `select` let pass is entered. */
  enters(path: ByteString): boolean {
    return this.#sources.has(path) || (this.#selector.rejectName(path) === undefined && !this.#rejectsEntry(path));
  }

  /**
   * @param watched names of folders in it that are watched now
   */
  verdict(folder: ByteString, name: ByteString, watched: Iterable<ByteString>): Verdict {
    const path = childPath(folder, name);
    if (this.#sources.has(path)) return 'counts';
    if (name === '.gitignore') return 'changed';
    if (this.#selector.rejectName(path) !== undefined) return 'left-out';
    const leftOut = this.#filtered.get(folder);
    if (leftOut !== undefined) return this.#verdictAmongOthers(folder, name, { leftOut, watched });
    if (this.#selector.rejectDirectory(folder, [name, ...watched]) !== undefined) return 'changed';
    return this.#rejectsEntry(path) ? 'left-out' : 'counts';
  }

  /** In a folder where something is left out for something else: is it still the same? */
  #verdictAmongOthers(
    folder: ByteString,
    name: ByteString,
    before: { readonly leftOut: ReadonlySet<ByteString>; readonly watched: Iterable<ByteString> },
  ): Verdict {
    const names = namesIn(folder);
    if (names === undefined) return 'counts';
    const rejected = this.#selector.rejectDirectory(folder, names);
    if (rejected === undefined) return 'changed';
    if (names.some((one) => before.leftOut.has(one) && !rejected.has(one))) return 'changed';
    for (const one of before.watched) if (rejected.has(one)) return 'changed';
    if (rejected.has(name)) return 'left-out';
    return this.#rejectsEntry(childPath(folder, name)) ? 'left-out' : 'counts';
  }

  /** What is gone is left out by no rule that needs a look at it. */
  #rejectsEntry(path: ByteString): boolean {
    const stat = statIfThere(path);
    return stat !== undefined && this.#selector.rejectEntry(path, stat) !== undefined;
  }
}

/** Undefined where the folder cannot be listed. */
export function namesIn(folder: ByteString): readonly ByteString[] | undefined {
  try {
    return listNames(folder);
  } catch (error) {
    if (isHoldfastError(error)) return undefined;
    throw error;
  }
}

export function childPath(folder: ByteString, name: ByteString): ByteString {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}
