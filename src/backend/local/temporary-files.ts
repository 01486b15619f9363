/**
 * The names of files that have none yet, and the sweep of those whose writers died.
 *
 * Holdfast's and restic's listings leave these names out. A left-over is removed a day after its last write, by the
 * file system's own clock (compared with the time stamp of a file that was made just now), so that a wrong clock on
 * this machine removes nothing. A writer that slept longer than that fails at its commit, and nothing is lost.
 */
import { join } from 'node:path';
import { temporaryName, temporaryPrefix } from '../layout.ts';
import { isMissing, lstatIfThere, readdir, unlink } from './system-calls.ts';

const deadAfterMs = 24 * 60 * 60 * 1000;

/** A fresh name in this folder. */
export function temporaryPath(folder: string): string {
  return join(folder, temporaryName());
}

/** The name that stands for the right to publish `name`, where hard links are not to be had (see publish.ts). */
export function claimPath(folder: string, name: string): string {
  return join(folder, `${temporaryPrefix}claim-${name}`);
}

/**
 * Removes left-overs of dead writers from a folder; returns how many. A file that cannot be removed is left alone:
 * it is harmless, and the work at hand does not depend on it.
 *
 * @param nowMs the file system's time: `mtimeMs` of a file made just now
 */
export async function sweepTemporaryFiles(folder: string, nowMs: number, signal: AbortSignal): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(temporaryPrefix)) continue;
    signal.throwIfAborted();
    const path = join(folder, name);
    try {
      const stats = await lstatIfThere(path);
      if (stats === undefined || nowMs - stats.mtimeMs < deadAfterMs) continue;
      await unlink(path);
      removed++;
    } catch (error) {
      if (!isMissing(error)) continue;
    }
  }
  return removed;
}
