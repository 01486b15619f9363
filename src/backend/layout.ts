/**
 * Where the files of a repository lie in a folder, of a disk or of a server (restic design.rst, Repository Layout; restic's "default" layout),
 * and with which modes they are made.
 */
import { randomBytes } from 'node:crypto';
import { join as hostJoin } from 'node:path';
import type { FileType, Handle } from './backend.ts';

const folderNames: Readonly<Record<FileType, string>> = {
  config: '',
  data: 'data',
  index: 'index',
  key: 'keys',
  lock: 'locks',
  snapshot: 'snapshots',
};

/** What the names of files begin with that have no name yet: Holdfast's and restic's listings leave them out. */
export const temporaryPrefix = '.holdfast-tmp-';

export function temporaryName(): string {
  return `${temporaryPrefix}${randomBytes(12).toString('hex')}`;
}

/** The names of the 256 folders below data/. */
export const dataFolders: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

export interface Layout {
  /** Path of the repository. */
  readonly base: string;
  /** The folder that a listing of this type starts in. */
  typeFolder(type: FileType): string;
  /** The folder that holds this very file. */
  folderOf(handle: Handle): string;
  pathOf(handle: Handle): string;
  /**
   * The one folder in which files of this type are written before they have a name.
   *
   * Packs start in data/00 and not in data/: restic's listing opens every entry of data/ as a folder, and takes an
   * entry that is gone by then for "no such folder", which ends its whole listing early and without an error.
   */
  temporaryFolder(type: FileType): string;
  /** Every folder of an empty repository, parents first, without the base. */
  readonly folders: readonly string[];
}

/** @param join puts paths together: as this host does, unless given */
export function layoutIn(base: string, join = hostJoin): Layout {
  const typeFolder = (type: FileType): string => join(base, folderNames[type]);
  const folderOf = ({ type, name }: Handle): string =>
    type === 'data' ? join(typeFolder(type), name.slice(0, 2)) : typeFolder(type);
  return {
    base,
    typeFolder,
    folderOf,
    pathOf: (handle) => join(folderOf(handle), handle.name),
    temporaryFolder: (type) => (type === 'data' ? join(typeFolder(type), '00') : typeFolder(type)),
    folders: [
      ...(['data', 'index', 'key', 'lock', 'snapshot'] as const).map(typeFolder),
      ...dataFolders.map((name) => join(typeFolder('data'), name)),
    ],
  };
}

export interface Modes {
  readonly folder: number;
  /** Of a finished file: nobody writes to it. */
  readonly file: number;
}

/**
 * Private, unless the group may read the config: then the group may read and add (restic's rule, so that a repository
 * shared by `chmod -R g+rwX` stays shared).
 *
 * @param configMode `st_mode` of the config file, or undefined while there is none
 */
export function modesFor(configMode: number | undefined): Modes {
  const shared = configMode !== undefined && (configMode & 0o040) !== 0;
  return shared ? { folder: 0o770, file: 0o440 } : { folder: 0o700, file: 0o400 };
}
