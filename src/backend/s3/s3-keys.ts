/** Which object a file of a repository is: restic's "default" layout below the prefix (`data/ab/ab12…`, `keys/…`, `config`). */
import type { FileType, Handle } from '../backend.ts';
import { layoutIn } from '../layout.ts';
import type { S3Location } from './location.ts';

const layout = layoutIn('', (...parts) => parts.filter((part) => part !== '').join('/'));

export function keyOf({ prefix }: S3Location, handle: Handle): string {
  return `${prefix}${layout.pathOf(handle)}`;
}

/** What the keys of all files of this type begin with. */
export function folderKey({ prefix }: S3Location, type: FileType): string {
  return `${prefix}${layout.typeFolder(type)}/`;
}
