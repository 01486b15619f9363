/** Tells one folder from another that took its place, without opening it. */
import { lstatSync } from 'node:fs';
import { type ByteString, fsPath } from '../../base/byte-string.ts';
import { systemCode } from '../../base/errors.ts';
import { type FileStat, fileStatOf, openLongPath } from '../../source/mod.ts';

export interface FolderIdentity {
  readonly inode: bigint;
  readonly device: bigint;
  /** Nanoseconds since the epoch; inode numbers are given out again, times are not. 0 where the file system keeps none. */
  readonly bornNs: bigint;
}

/** Of a folder, links not followed; undefined for what is none, or cannot be looked at. */
export function identityOf(path: ByteString): FolderIdentity | undefined {
  const stats = lstatIfThere(path);
  if (stats?.isDirectory() !== true) return undefined;
  return { inode: stats.ino, device: stats.dev, bornNs: stats.birthtimeNs };
}

/** False also where it cannot be told. */
export function isSameFolder(some: FolderIdentity, other: FolderIdentity | undefined): boolean {
  if (other === undefined || some.bornNs === 0n) return false;
  return some.inode === other.inode && some.device === other.device && some.bornNs === other.bornNs;
}

export function statIfThere(path: ByteString): FileStat | undefined {
  const stats = lstatIfThere(path);
  return stats === undefined ? undefined : fileStatOf(stats);
}

function lstatIfThere(path: ByteString) {
  try {
    using reach = openLongPath(path);
    return lstatSync(fsPath(reach.path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (systemCode(error) !== undefined) return undefined;
    throw error;
  }
}
