/**
 * The port of file attributes: what adapters implement (see attributes.ts, which chooses one).
 * All errors are HoldfastErrors with `context.path`; nothing here ever follows a link at the end of a path.
 */
import type { ByteString } from '../base/byte-string.ts';

/** One extended attribute; the name with its namespace ("user.comment"). */
export interface Xattr {
  readonly name: ByteString;
  readonly value: Uint8Array;
}

export interface FileAttributes {
  readonly adapter: 'libc' | 'node';
  /**
   * The extended attributes in the order of the file system; none where it has no such thing.
   *
   * @param onUnreadable hears of an attribute whose value cannot be read; without it such an attribute is left out silently.
   * @throws HoldfastError if the list itself cannot be read ('not-found', 'permission', 'io').
   */
  listXattrs(path: ByteString, onUnreadable?: (name: ByteString, error: Error) => void): readonly Xattr[];
  /** Sets these and leaves others alone. 'unsupported' where the file system (or the adapter) cannot. */
  setXattrs(path: ByteString, xattrs: readonly Xattr[]): void;
  /** Removes one; it is fine if it is not there. */
  removeXattr(path: ByteString, name: ByteString): void;
  /** Nanoseconds since the epoch, also before it. */
  setTimes(path: ByteString, atimeNs: bigint, mtimeNs: bigint): void;
  /** `mode`: permission bits, less the umask. 'unsupported' where there is no such thing. */
  makeFifo(path: ByteString, mode: number): void;
  /** `mode`: S_IFBLK or S_IFCHR and permission bits, less the umask; `rdev` as st_rdev of this system. */
  makeDevice(path: ByteString, mode: number, rdev: bigint): void;
}
