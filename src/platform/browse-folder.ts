/** What is in a folder of this machine, for people who choose one. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fromSystemError, HoldfastError } from '../base/errors.ts';

export interface FolderEntry {
  readonly name: string;
  readonly path: string;
  readonly type: 'folder' | 'file';
  readonly hidden: boolean;
}

export interface FolderContent {
  readonly path: string;
  readonly parent?: string;
  readonly entries: readonly FolderEntry[];
  /** There are more than `most`. */
  readonly more: boolean;
}

const most = 5000;

/**
 * Folders first, by name; links count as what they lead to.
 *
 * @param options.files files too
 * @throws `invalid-input` for a path that is not absolute; `not-found`, `permission`, `io`
 */
export async function browseFolder(given: string, options: { readonly files: boolean }): Promise<FolderContent> {
  if (!isAbsolute(given)) {
    throw new HoldfastError('invalid-input', `"${given}" is not an absolute path.`, {
      hint: 'Give the whole path, from the top of the disk.',
    });
  }
  const path = resolve(given);
  const found = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw fromSystemError(error, `look into ${path}`);
  });
  // Bytes that are no text come as this sign.
  const named = found.filter(({ name }) => !name.includes('\u{fffd}'));
  const typed = await Promise.all(named.map((entry) => entryOf(path, entry)));
  const wanted = typed.filter((entry) => entry !== undefined && (options.files || entry.type === 'folder'));
  const entries = wanted.filter((entry) => entry !== undefined).sort(byTypeAndName);
  const parent = dirname(path);
  return {
    path,
    ...(parent === path ? {} : { parent }),
    entries: entries.slice(0, most),
    more: entries.length > most,
  };
}

async function entryOf(folder: string, entry: Dirent): Promise<FolderEntry | undefined> {
  const { name } = entry;
  const path = join(folder, name);
  const target = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
  if (target === undefined || !(target.isDirectory() || target.isFile())) return undefined;
  return { name, path, type: target.isDirectory() ? 'folder' : 'file', hidden: name.startsWith('.') };
}

const { compare } = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function byTypeAndName(a: FolderEntry, b: FolderEntry): number {
  if (a.type !== b.type) return a.type === 'folder' ? -1 : 1;
  return compare(a.name, b.name);
}
