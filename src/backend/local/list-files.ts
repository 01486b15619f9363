/**
 * Lists the files of one type in a local repository: every one, or an error.
 *
 *   data: for each folder 00 … ff that is in data/, its entries; else the entries of the type's folder
 *   an entry is a file if its name is a restic name (and, for packs, in its own folder)
 *   sizes by lstat, a few at once
 *
 * A link or folder that has a restic name is listed with its lstat size, as restic does, so that a check finds and
 * names it; reading it is refused. Files that are removed while the listing runs may be in it or not.
 */
import { join } from 'node:path';
import { mapBounded } from '../../base/concurrency.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { FileType, ListedFile } from '../backend.ts';
import { isFileName } from '../handle.ts';
import { dataFolders, type Layout } from '../layout.ts';
import { assertRepositoryThere } from './presence.ts';
import { isMissing, lstatIfThere, named, readdir } from './system-calls.ts';

const statsAtOnce = 16;
const namesAtOnce = 1024;

/** @throws as the port says; `corrupt` where the type's folder is missing from a repository that is there. */
export async function* listFiles(layout: Layout, type: FileType, signal: AbortSignal): AsyncGenerator<ListedFile> {
  signal.throwIfAborted();
  if (type === 'config') return yield* listConfig(layout);
  const top = layout.typeFolder(type);
  const names = await readTypeFolder(layout, type, top);
  if (type !== 'data') return yield* listFolder(top, names, type, signal);
  const wanted = new Set(names);
  for (const folder of dataFolders) {
    if (!wanted.has(folder)) continue; // made when the first pack comes
    signal.throwIfAborted();
    const path = join(top, folder);
    const packs = await named(`list ${path}`, () => readdir(path));
    yield* listFolder(
      path,
      packs.filter((name) => name.startsWith(folder)),
      type,
      signal,
    );
  }
}

async function* listConfig(layout: Layout): AsyncGenerator<ListedFile> {
  const path = layout.pathOf({ type: 'config', name: 'config' });
  const stats = await named(`read ${path}`, () => lstatIfThere(path));
  if (stats !== undefined) yield { name: 'config', sizeBytes: stats.size };
  else await named(`list ${layout.base}`, () => assertRepositoryThere(layout));
}

/**
 * A missing folder is an error, but for locks/: that one is often empty, copying tools leave empty folders out, and
 * "no locks" is then the truth. Elsewhere "none" could make a prune remove everything.
 */
async function readTypeFolder(layout: Layout, type: FileType, path: string): Promise<string[]> {
  return await named(`list ${path}`, async () => {
    try {
      return await readdir(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await assertRepositoryThere(layout);
      if (type === 'lock' && (await lstatIfThere(path)) === undefined) return [];
      throw new HoldfastError('corrupt', `The repository at ${layout.base} lacks its folder ${path}.`, {
        hint: 'Bring the folder back. Make it anew, empty, only if you know that there was nothing in it.',
        context: { path },
        cause: error,
      });
    }
  });
}

async function* listFolder(
  folder: string,
  entries: readonly string[],
  type: FileType,
  signal: AbortSignal,
): AsyncGenerator<ListedFile> {
  const names = entries.filter((name) => isFileName(type, name));
  let vanished = false;
  for (let from = 0; from < names.length; from += namesAtOnce) {
    const sizes = await mapBounded(names.slice(from, from + namesAtOnce), statsAtOnce, signal, async (name) => {
      const path = join(folder, name);
      return { name, stats: await named(`read ${path}`, () => lstatIfThere(path)) };
    });
    for (const { name, stats } of sizes) {
      if (stats !== undefined) yield { name, sizeBytes: stats.size };
      else vanished = true;
    }
    signal.throwIfAborted();
  }
  // Removed by another writer is fine; gone with its folder or disk is not.
  if (vanished) await named(`list ${folder}`, () => readdir(folder));
}
