/**
 * Reads one folder: its entries, sorted bytewise, each with its stat and (for a symlink) its target.
 *
 * Synchronous on purpose: readdirSync + lstatSync walk at less than half the cost of the promise forms, and one folder is
 * little work. Guarantees:
 * - names and link targets are the exact bytes on disk (see base/byte-string.ts);
 * - links are never followed;
 * - an entry that cannot be read (vanished, no permission) is still there, with its error: the caller reports it;
 * - a folder that cannot be listed is an error that names it, never an empty list;
 * - on Linux the path may be longer than one call takes (long-path.ts).
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { type ByteString, fsPath, isAscii, toUtf8 } from '../../base/byte-string.ts';
import { fromSystemError, HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { type FileStat, readFileStatAt } from './file-stat.ts';
import { isLongPath, type LongPath, openLongPath } from './long-path.ts';

export type { FileKind, FileStat } from './file-stat.ts';

/** An entry that could be read. `linkTarget` is set for symlinks only. */
export interface ReadableEntry {
  readonly name: ByteString;
  readonly stat: FileStat;
  readonly linkTarget: ByteString | undefined;
  readonly error: undefined;
}

/** An entry that is listed in its folder, and that could not be read: `error.code` says why ('not-found' = it vanished). */
export interface UnreadableEntry {
  readonly name: ByteString;
  readonly stat: undefined;
  readonly linkTarget: undefined;
  readonly error: HoldfastError;
}

export type ScannedEntry = ReadableEntry | UnreadableEntry;

export interface ScanOptions {
  /** Says something (true, or a reason) for an entry that shall not even be looked at. `path`: the folder's, a slash, the name. */
  readonly skip?: (name: ByteString, path: ByteString) => boolean | object | undefined;
}

/**
 * The entries of a folder, sorted by the bytes of their names.
 *
 * @throws HoldfastError ('not-found', 'permission', 'io' …, with `context.path`) if the folder itself cannot be listed.
 */
export function scanDirectory(path: ByteString, options: ScanOptions = {}): ScannedEntry[] {
  return scanEntries(path, listNames(path), options);
}

/** The names in a folder, sorted bytewise; throws as `scanDirectory` does. */
export function listNames(path: ByteString): ByteString[] {
  try {
    using reach = openLongPath(path);
    return readdirSync(fsPath(reach.path), 'latin1').sort(bytewise);
  } catch (error) {
    throw pathError(error, 'list the folder', path);
  }
}

/** The second half of `scanDirectory`, for a caller that looks at the names first; keeps the order of `names`. */
export function scanEntries(path: ByteString, names: readonly ByteString[], options: ScanOptions = {}): ScannedEntry[] {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  using reach = isLongPath(prefix) ? reachOrUndefined(prefix) : undefined;
  const asciiPrefix = isAscii(prefix);
  const { skip } = options;
  const entries: ScannedEntry[] = [];
  for (const name of names) {
    const entryPath = prefix + name;
    if (skip?.(name, entryPath)) continue;
    if (reach !== undefined) entries.push(scanEntry(reach.path + name, name, isAscii(name), entryPath));
    else entries.push(scanEntry(entryPath, name, asciiPrefix && isAscii(name)));
  }
  return entries;
}

/**
 * One entry by its path.
 *
 * @param name what it shall be called in the result
 * @param ascii whether `path` is ASCII, if the caller knows
 * @param shownPath its path in errors
 */
export function scanEntry(
  path: ByteString,
  name: ByteString,
  ascii = isAscii(path),
  shownPath: ByteString = path,
): ScannedEntry {
  const nodePath = ascii ? path : Buffer.from(path, 'latin1');
  try {
    const stat = readFileStatAt(nodePath);
    const linkTarget = stat.kind === 'symlink' ? readlinkSync(nodePath, 'latin1') : undefined;
    return { name, stat, linkTarget, error: undefined };
  } catch (error) {
    return { name, stat: undefined, linkTarget: undefined, error: pathError(error, 'read', shownPath) };
  }
}

/** Undefined if a folder on the way is gone: then the entries themselves say so. */
function reachOrUndefined(prefix: ByteString): LongPath | undefined {
  try {
    return openLongPath(prefix);
  } catch {
    return undefined;
  }
}

function bytewise(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function pathError(error: unknown, doing: string, path: ByteString): HoldfastError {
  const shown = toUtf8(path);
  const known = fromSystemError(error, `${doing} ${shown}`);
  if (!isHoldfastError(known)) {
    return new HoldfastError('internal', `Cannot ${doing} ${shown}`, { context: { path: shown }, cause: error });
  }
  return new HoldfastError(known.code, known.message, {
    retry: known.retry,
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    context: { ...known.context, path: shown },
    cause: error,
  });
}
