/**
 * What a file system says about one entry, exact to the nanosecond and without following links.
 *
 * Owns the reading of Node's BigIntStats into the shape that the rest of the engine uses. Numbers are plain where a
 * double holds them exactly (sizes below 2^53 bytes), bigint where it does not (times, inodes, device ids).
 */
import { type BigIntStats, constants, lstatSync } from 'node:fs';
import { type ByteString, fsPath } from '../../base/byte-string.ts';

export type FileKind = 'file' | 'dir' | 'symlink' | 'dev' | 'chardev' | 'fifo' | 'socket';

export interface FileStat {
  readonly kind: FileKind;
  /** The whole st_mode: type, set-id and sticky bits, permissions. */
  readonly stMode: number;
  /** Bytes, as the file system gives them for any kind. */
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly atimeNs: bigint;
  readonly inode: bigint;
  /** The device that holds the entry (st_dev). */
  readonly device: bigint;
  /** Hard links to it. */
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  /** The device that a device node stands for (st_rdev). */
  readonly rdev: bigint;
}

const bigint = { bigint: true } as const;

/** lstat: never follows a link. Throws Node's system error. */
export function readFileStat(path: ByteString): FileStat {
  return fileStatOf(lstatSync(fsPath(path), bigint));
}

/** The same for a path that is already in the form that Node takes. */
export function readFileStatAt(path: string | Buffer): FileStat {
  return fileStatOf(lstatSync(path, bigint));
}

/** Also for `fs.fstatSync(fd, { bigint: true })` of a file that is being read. */
export function fileStatOf(stats: BigIntStats): FileStat {
  const stMode = Number(stats.mode);
  return {
    kind: kindOf(stMode),
    stMode,
    size: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    atimeNs: stats.atimeNs,
    inode: stats.ino,
    device: stats.dev,
    links: Number(stats.nlink),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    rdev: stats.rdev,
  };
}

/** The kind from the type bits of st_mode; what no rule knows counts as a socket, which backups leave out. */
export function kindOf(stMode: number): FileKind {
  switch (stMode & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file';
    case constants.S_IFDIR:
      return 'dir';
    case constants.S_IFLNK:
      return 'symlink';
    case constants.S_IFBLK:
      return 'dev';
    case constants.S_IFCHR:
      return 'chardev';
    case constants.S_IFIFO:
      return 'fifo';
    default:
      return 'socket';
  }
}
