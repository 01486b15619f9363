/**
 * A scanned entry as a tree node, field by field as restic fills it (restic internal/fs/node.go), so that trees come out
 * byte-identical: size for files only; links for files, symlinks and devices; st_rdev for devices; atime = mtime unless asked for.
 * Left to the pipeline: content, subtree, xattrs, and for a file the size that was really read.
 */
import type { ByteString } from '../../base/byte-string.ts';
import { goMode } from '../../format/file-mode.ts';
import type { Node } from '../../format/node.ts';
import type { ReadableEntry } from './scan-directory.ts';

/** Names of users and groups, '' where unknown (platform/users.ts). */
export interface OwnerNames {
  lookupUser(uid: number): ByteString;
  lookupGroup(gid: number): ByteString;
}

export interface ToNodeOptions {
  /** Keep access times (restic's --with-atime); else they are the modification times. */
  readonly withAccessTime?: boolean;
}

/**
 * All optional fields are set, empty or zero where they do not apply (the codec leaves those out): one object shape for all.
 *
 * @param name what the node shall be called; the entry's own name but for the sources of a backup
 */
export function toNode(entry: ReadableEntry, name: ByteString, owners: OwnerNames, options: ToNodeOptions = {}): Node {
  const { stat } = entry;
  const { kind } = stat;
  const isDevice = kind === 'dev' || kind === 'chardev';
  return {
    name,
    type: kind,
    mode: goMode(stat.stMode),
    mtimeNs: stat.mtimeNs,
    atimeNs: options.withAccessTime === true ? stat.atimeNs : stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    uid: stat.uid,
    gid: stat.gid,
    user: owners.lookupUser(stat.uid),
    group: owners.lookupGroup(stat.gid),
    inode: stat.inode,
    deviceId: stat.device,
    size: kind === 'file' ? stat.size : 0,
    links: kind === 'file' || kind === 'symlink' || isDevice ? stat.links : 0,
    linktarget: entry.linkTarget ?? '',
    device: isDevice ? stat.rdev : 0n,
    content: kind === 'file' ? [] : null,
  };
}
