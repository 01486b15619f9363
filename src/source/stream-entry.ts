/** What is backed up by its content alone: it comes as a stream from a program or an archive, and lies at no path of this machine. */
import type { ByteString } from '../base/byte-string.ts';

export interface StreamEntry {
  /** Absolute in the snapshot, as "/postgresql/app.sql". The folders above it need no entry of their own. */
  readonly path: ByteString;
  readonly kind: 'file' | 'dir' | 'symlink';
  /** Permission bits; 0o600 for files and 0o700 for folders, unless given. */
  readonly mode?: number;
  /** Nanoseconds since 1970; unless given, the time of the first backup that had this content. */
  readonly modifiedNs?: bigint;
  readonly uid?: number;
  readonly gid?: number;
  /** Of symlinks. */
  readonly linkTarget?: ByteString;
  /**
   * Of files: read once, whole, before the next entry is asked for. What it throws fails the backup, so that a part is never
   * taken for the whole: a program that ends badly says so at its end.
   */
  readonly content?: AsyncIterable<Uint8Array>;
}
