/** How the REST protocol names files (restic doc/100_references, rest_backend.rst), and strict patterns for both. */
import type { FileType, Handle } from '../../backend/backend.ts';
import { HoldfastError } from '../../base/errors.ts';

const types: Readonly<Record<string, FileType>> = {
  data: 'data',
  index: 'index',
  keys: 'key',
  locks: 'lock',
  snapshots: 'snapshot',
};

/** @throws `invalid-input` for a type that there is not */
export function typeOf(folder: string): FileType {
  const type = Object.hasOwn(types, folder) ? types[folder] : undefined;
  if (type !== undefined) return type;
  throw new HoldfastError('invalid-input', 'There is no such type of file.');
}

/** @throws `invalid-input` for a name that is no lower-case SHA-256 */
export function handleOf(folder: string, name: string): Handle {
  const type = typeOf(folder);
  if (/^[0-9a-f]{64}$/.test(name)) return { type, name };
  throw new HoldfastError('invalid-input', 'This is no name of a file.');
}

export const configHandle: Handle = { type: 'config', name: 'config' };

export const allTypes: readonly FileType[] = ['config', ...Object.values(types)];
