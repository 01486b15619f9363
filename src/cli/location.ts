/** Locations of repositories, as operands give them: the agent runs in another folder. */
import { resolve } from 'node:path';

/** A relative path becomes absolute; `kind:location` of another kind stays. A drive letter is no kind. */
export function absoluteLocation(cwd: string, text: string): string {
  const path = text.replace(/^local:/i, '');
  return /^[a-z][a-z0-9+-]+:/i.test(path) ? text : resolve(cwd, path);
}
