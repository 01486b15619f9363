/**
 * A folder for a drill, for its user alone, that is gone afterwards whatever was restored into it; what drills left that were
 * killed goes with the next one.
 */
import { chmod, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../base/errors.ts';

export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
}

const name = 'holdfast-drill-';

/** @param parent made if it is missing */
export async function makeScratchFolder(parent: string): Promise<ScratchFolder> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  await removeLeftOvers(parent);
  const path = await mkdtemp(join(parent, `${name}${process.pid}-`));
  return { path, [Symbol.asyncDispose]: () => removeAll(path) };
}

async function removeLeftOvers(parent: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    const pid = /^holdfast-drill-(\d+)-/.exec(entry)?.[1];
    if (pid !== undefined && Number(pid) !== process.pid && !isAlive(Number(pid))) await removeAll(join(parent, entry));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

async function removeAll(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes(systemCode(error) ?? '')) throw error;
    await openFolders(Buffer.from(path)); // restored with modes that keep their owner out
    await rm(path, { recursive: true, force: true });
  }
}

async function openFolders(path: Buffer): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { encoding: 'buffer', withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(Buffer.concat([path, Buffer.from('/'), entry.name]));
  }
}
