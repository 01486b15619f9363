/** What is in the target already: stats without following links, and names that a file system takes for the same. */
import { type BigIntStats, lstatSync } from 'node:fs';
import { type ByteString, fsPath, isAscii, toUtf8 } from '../base/byte-string.ts';
import { systemCode } from '../base/errors.ts';

export interface Existing {
  readonly kind: 'file' | 'dir' | 'symlink' | 'other';
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly device: bigint;
  readonly inode: bigint;
  /** Names that it has. */
  readonly links: number;
}

/** lstat; undefined where nothing is. Throws other system errors. */
export function existingAt(path: ByteString): Existing | undefined {
  let stats: BigIntStats;
  try {
    stats = lstatSync(fsPath(path), { bigint: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'dir' : stats.isSymbolicLink() ? 'symlink' : 'other',
    size: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    mode: Number(stats.mode),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    device: stats.dev,
    inode: stats.ino,
    links: Number(stats.nlink),
  };
}

const foldsNames = process.platform === 'darwin' || process.platform === 'win32';

/** The same for names that may be one file here: where file systems ignore letter case or normalise. */
export function comparableName(name: ByteString): string {
  if (!foldsNames) return name;
  return isAscii(name) ? name.toLowerCase() : toUtf8(name).normalize('NFC').toLowerCase();
}
