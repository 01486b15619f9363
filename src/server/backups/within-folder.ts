/**
 * Where a path really lies. Clients name paths below a folder whose owner can put links into it: what is asked when the request
 * comes is asked again when the work begins.
 */
import { lstat, realpath } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { HoldfastError, systemCode } from '../../base/errors.ts';
import type { Scope } from '../config/scope.ts';

/** Whether a path, or the deepest part of it that is there, lies in a folder or is it. False where that cannot be told. */
export async function liesWithin(folder: string, path: string): Promise<boolean> {
  try {
    const [root, real] = await Promise.all([deepestReal(folder), deepestReal(path)]);
    return real === root || real.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
  } catch (error) {
    if (systemCode(error) !== undefined) return false;
    throw error;
  }
}

/** @throws `permission` for a path that is in no folder of the scope any more: a link lies where none lay */
export async function assertWithin({ id, folders }: Scope, path: string): Promise<void> {
  for (const folder of folders) if (await liesWithin(folder, path)) return;
  throw new HoldfastError('permission', `${path} leads out of the folders of "${id}".`, {
    hint: 'A link leads elsewhere, or the folder is no longer in the configuration.',
  });
}

async function deepestReal(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const isMissing = systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR';
    // A link that leads nowhere may lead out as soon as something is there.
    if (!isMissing || path === dirname(path) || (await isThere(path))) throw error;
    return deepestReal(dirname(path));
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
