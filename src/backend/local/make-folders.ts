/**
 * Makes a folder with those above it. Node's own (`recursive: true`) never comes back where a file system answers "no such
 * file" for a folder whose parent is there, as /proc does and some FUSE file systems do.
 */
import { dirname } from 'node:path';
import { systemCode } from '../../base/errors.ts';
import { mkdir } from './system-calls.ts';

/** @returns the first folder that was made; undefined if it was there. Throws system errors. */
export async function makeFolders(path: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(path, { mode });
    return path;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return undefined;
    const parent = dirname(path);
    if (systemCode(error) !== 'ENOENT' || parent === path) throw error;
    const first = await makeFolders(parent, mode);
    // The parent is there now: what fails this time fails for good.
    await mkdir(path, { mode });
    return first ?? path;
  }
}
