/**
 * Gives a finished temporary file its name: atomically, durably, and never over a file that is there.
 *
 *   link(temporary, final)        the kernel refuses if the name is taken: of two writers, one wins
 *   unlink(temporary)
 *   flush the folder
 *
 * `rename` would overwrite. Where there are no hard links (FAT, some network file systems) it is used all the same,
 * under a claim: a file named for the target that only one writer can make. That keeps Holdfast's own writers apart;
 * another program that writes the very same name in the same instant could still be overwritten.
 */
import { constants } from 'node:fs';
import { basename, dirname } from 'node:path';
import { HoldfastError, systemCode } from '../../base/errors.ts';
import * as system from './system-calls.ts';
import { claimPath } from './temporary-files.ts';

/** What `link` answers where it cannot work (EISDIR: Windows on FAT; EMLINK: no more links to this file). */
const linkUnsupported = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EINVAL',
  'EISDIR',
  'EMLINK',
  'UNKNOWN',
  'EACCES',
]);

/**
 * @param link the system call, so that a test can take it away
 * @throws `exists` where the name is taken; system errors otherwise (ENOENT: no such folder, or the temporary is gone)
 */
export async function publish(temporary: string, final: string, link: typeof system.link = system.link): Promise<void> {
  try {
    await link(temporary, final);
    await system.unlink(temporary).catch(() => undefined); // published all the same; swept later
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (code === 'EEXIST') await settleExisting(temporary, final);
    else if (linkUnsupported.has(code)) await renameUnderClaim(temporary, final);
    else throw error;
  }
  await system.flushFolder(dirname(final));
}

/** Taken by ourselves (a network file system sent our request twice) is success; taken by another is not. */
async function settleExisting(temporary: string, final: string): Promise<void> {
  const [ours, theirs] = [await system.lstatIfThere(temporary), await system.lstatIfThere(final)];
  const same = ours !== undefined && ours.nlink > 1 && ours.ino === theirs?.ino && ours.dev === theirs.dev;
  if (!same) throw alreadyThere(final);
  await system.unlink(temporary).catch(() => undefined);
}

async function renameUnderClaim(temporary: string, final: string): Promise<void> {
  const claim = claimPath(dirname(temporary), basename(final));
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  const fd = await system.open(claim, O_WRONLY | O_CREAT | O_EXCL, 0o600).catch((error: unknown) => {
    throw systemCode(error) === 'EEXIST' ? alreadyThere(final) : error;
  });
  try {
    await system.close(fd);
    if ((await system.lstatIfThere(final)) !== undefined) throw alreadyThere(final);
    await system.rename(temporary, final);
  } finally {
    await system.unlink(claim).catch(() => undefined);
  }
}

function alreadyThere(final: string): HoldfastError {
  return new HoldfastError('exists', `${final} is there already, and is never overwritten.`, {
    context: { path: final },
  });
}
