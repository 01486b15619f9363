/**
 * Paths below an owner's root. Nothing that a client names leads out of it: not by `..`, not by being absolute, not through a link
 * that lies in it.
 */
import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import { HoldfastError, systemCode } from '../../../base/errors.ts';

/** The product refuses these in the last part. */
const forbidden = /[:*?"'<>|]/;

/** The absolute path. @throws `invalid-input` for one that may not be named */
export async function ownerPath(root: string, path: string): Promise<string> {
  if (path.includes('\0')) throw refused('it holds a NUL');
  if (isAbsolute(path) && path !== root && !path.startsWith(`${root}${sep}`)) throw refused('it is absolute');
  const relative = isAbsolute(path) ? path.slice(root.length + 1) : path;
  if (relative.split(/[/\\]/).includes('..')) throw refused('it leads out of the root');
  const full = join(root, normalize(relative)).replace(/\/+$/, '');
  const last = relative.split('/').at(-1) ?? '';
  if (forbidden.test(last)) throw refused('its last part holds a character that may not be there');
  const [realRoot, real] = await Promise.all([realpath(root).catch(() => root), deepestReal(full)]);
  if (real !== realRoot && !real.startsWith(`${realRoot}${sep}`)) throw refused('it leads out of the root');
  return full;
}

/** Where a path really lies, or the deepest part of it that is there. */
async function deepestReal(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const isMissing = systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR';
    if (!isMissing || path === dirname(path)) throw refused('it cannot be looked at');
    return deepestReal(dirname(path));
  }
}

function refused(why: string): HoldfastError {
  return new HoldfastError('invalid-input', `the path cannot be used: ${why}`);
}
