/**
 * Paths below an owner's root. Nothing that a client names leads out of it: not by `..`, not by being absolute, not through a link
 * that lies in it.
 */
import { basename, isAbsolute, join, sep } from 'node:path';
import { HoldfastError } from '../../../base/errors.ts';
import { liesWithin } from '../../backups/within-folder.ts';

/** The product refuses these in the last part. */
const forbidden = /[:*?"'<>|]/;

/** The absolute path. @throws `invalid-input` for one that may not be named */
export async function ownerPath(root: string, path: string): Promise<string> {
  if (path.includes('\0')) throw refused('it holds a NUL');
  if (isAbsolute(path) && path !== root && !path.startsWith(`${root}${sep}`)) throw refused('it is absolute');
  const relative = isAbsolute(path) ? path.slice(root.length) : path;
  if (relative.split(/[/\\]/).includes('..')) throw refused('it leads out of the root');
  const full = join(root, relative).replace(/(?<=.)\/+$/, '');
  if (full !== root && forbidden.test(basename(full))) {
    throw refused('its last part holds a character that may not be there');
  }
  if (!(await liesWithin(root, full))) throw refused('it leads out of the root, or cannot be looked at');
  return full;
}

function refused(why: string): HoldfastError {
  return new HoldfastError('invalid-input', `the path cannot be used: ${why}`);
}
