/**
 * Go's os.FileMode, in which restic stores modes, to and from Unix st_mode.
 *
 * Go keeps the nine permission bits and has bits of its own for the type, setuid, setgid and sticky
 * (Go io/fs, FileMode: a stable format by its documentation).
 */
const MODE_DIR = 2 ** 31;
const MODE_SYMLINK = 1 << 27;
const MODE_DEVICE = 1 << 26;
const MODE_FIFO = 1 << 25;
const MODE_SOCKET = 1 << 24;
const MODE_SETUID = 1 << 23;
const MODE_SETGID = 1 << 22;
const MODE_CHAR = 1 << 21;
const MODE_STICKY = 1 << 20;

/** Unix file type bits of st_mode (POSIX sys/stat.h; the same values on Linux and macOS). */
const S_IFMT = 0o170000;
const S_IFSOCK = 0o140000;
const S_IFLNK = 0o120000;
const S_IFREG = 0o100000;
const S_IFBLK = 0o060000;
const S_IFDIR = 0o040000;
const S_IFCHR = 0o020000;
const S_IFIFO = 0o010000;
const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_ISVTX = 0o1000;

/** What a node can be; restic's names. 'irregular' is anything Go knows no type for (some Windows files). */
export type NodeType = 'file' | 'dir' | 'symlink' | 'dev' | 'chardev' | 'fifo' | 'socket' | 'irregular';

const typeBits: ReadonlyMap<number, readonly [bits: number, type: NodeType]> = new Map([
  [S_IFREG, [0, 'file']],
  [S_IFDIR, [MODE_DIR, 'dir']],
  [S_IFLNK, [MODE_SYMLINK, 'symlink']],
  [S_IFBLK, [MODE_DEVICE, 'dev']],
  [S_IFCHR, [MODE_DEVICE | MODE_CHAR, 'chardev']],
  [S_IFIFO, [MODE_FIFO, 'fifo']],
  [S_IFSOCK, [MODE_SOCKET, 'socket']],
]);

/** Go's mode of a Unix st_mode (type and permissions); unknown type bits count as a plain file. */
export function goMode(stMode: number): number {
  let mode = stMode & 0o777;
  if ((stMode & S_ISUID) !== 0) mode |= MODE_SETUID;
  if ((stMode & S_ISGID) !== 0) mode |= MODE_SETGID;
  if ((stMode & S_ISVTX) !== 0) mode |= MODE_STICKY;
  const type = stMode & S_IFMT;
  if (type === S_IFREG) return mode;
  return mode + (typeBits.get(type)?.[0] ?? 0);
}

/** The st_mode (type and permission bits) of Go's mode. */
export function unixMode(mode: number): number {
  let stMode = mode & 0o777;
  if ((mode & MODE_SETUID) !== 0) stMode |= S_ISUID;
  if ((mode & MODE_SETGID) !== 0) stMode |= S_ISGID;
  if ((mode & MODE_STICKY) !== 0) stMode |= S_ISVTX;
  if (mode >= MODE_DIR) return stMode | S_IFDIR;
  if ((mode & MODE_SYMLINK) !== 0) return stMode | S_IFLNK;
  if ((mode & MODE_DEVICE) !== 0) return stMode | ((mode & MODE_CHAR) !== 0 ? S_IFCHR : S_IFBLK);
  if ((mode & MODE_FIFO) !== 0) return stMode | S_IFIFO;
  if ((mode & MODE_SOCKET) !== 0) return stMode | S_IFSOCK;
  return stMode | S_IFREG;
}

/** The node type of a Unix st_mode. */
export function nodeTypeOf(stMode: number): NodeType {
  return typeBits.get(stMode & S_IFMT)?.[1] ?? 'irregular';
}
