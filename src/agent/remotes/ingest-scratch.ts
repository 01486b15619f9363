/** Where archives of remotes are downloaded to before they are read in: a folder for each backup, the same one after a kill. */
import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../base/errors.ts';

/** @param parent of all of them */
export function scratchOf(parent: string, remoteId: string, backupId: string): string {
  const name = createHash('sha256').update(`${remoteId}\n${backupId}`).digest('hex').slice(0, 32);
  return join(parent, name);
}

/** Removes what is left of copies that nobody goes on with: their jobs were cancelled, or given up, as the agent was killed. */
export async function removeOtherScratch(parent: string, isWanted: (path: string) => boolean): Promise<void> {
  for (const name of await namesIn(parent)) {
    const path = join(parent, name);
    if (!isWanted(path)) await rm(path, { recursive: true, force: true });
  }
}

async function namesIn(parent: string): Promise<string[]> {
  try {
    return await readdir(parent);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
