/**
 * One entry of a tree: a file, folder or other item of a backup (restic design.rst, Trees and Data).
 */
import type { ByteString } from '../base/byte-string.ts';
import type { NodeType } from './file-mode.ts';
import type { Id } from './id.ts';

/** All text fields are byte strings. Absent and zero are the same where a field is optional. */
export interface Node {
  name: ByteString;
  type: NodeType;
  /** Go's FileMode (file-mode.ts). */
  mode: number;
  /** Nanoseconds since the epoch. */
  mtimeNs: bigint;
  atimeNs: bigint;
  ctimeNs: bigint;
  uid: number;
  gid: number;
  user?: ByteString;
  group?: ByteString;
  /** 64 bits. */
  inode?: bigint;
  /** st_dev, 64 bits. */
  deviceId?: bigint;
  /** Files only: the bytes that were read. */
  size?: number;
  /** Hard links: files, symlinks and devices only. */
  links?: number;
  linktarget?: ByteString;
  /** In the order of listxattr. */
  xattrs?: Xattr[];
  /** What other systems keep (Windows: creation time, attributes, security descriptor): values are plain JSON. */
  genericAttributes?: Record<string, unknown>;
  /** st_rdev of devices, 64 bits. */
  device?: bigint;
  /** A file's data blobs in order; null for what is no file. */
  content: Id[] | null;
  /** A folder's tree. */
  subtree?: Id;
  /** Why the item could not be read, as restic notes it. */
  error?: ByteString;
}

export interface Xattr {
  name: ByteString;
  value: Uint8Array;
}
