/**
 * The few functions of the C library that Holdfast calls, bound once through koffi, with the differences of Linux and macOS
 * hidden. Sources: attr/xattr(7), utimensat(2), mkfifo(3), mknod(2), mallopt(3), malloc_trim(3); macOS getxattr(2).
 */
import type koffiModule from 'koffi';

type Koffi = typeof koffiModule;

/** Results are as in C: −1 for an error, whose number `errno` gives until the next call. Paths and names end in NUL. */
export interface Libc {
  errno(): number;
  list(path: Uint8Array, out: Uint8Array, size: number): number;
  get(path: Uint8Array, name: Uint8Array, out: Uint8Array, size: number): number;
  set(path: Uint8Array, name: Uint8Array, value: Uint8Array, size: number): number;
  remove(path: Uint8Array, name: Uint8Array): number;
  /** `times`: two timespecs: access, modification. */
  setTimes(path: Uint8Array, times: BigInt64Array): number;
  makeFifo(path: Uint8Array, mode: number): number;
  makeNode(path: Uint8Array, mode: number, device: bigint): number;
}

type Library = ReturnType<Koffi['load']>;

/** glibc's heap. */
export interface Malloc {
  /** Parameter and value as in malloc.h; 1 for success. */
  setOption(parameter: number, value: number): number;
  /** 1 if memory was given back to the system. */
  trim(keepBytes: number): number;
}

/** Throws where the C library has no such functions. */
export function bindMalloc(koffi: Koffi): Malloc {
  const library = koffi.load(null);
  return {
    setOption: library.func('mallopt', 'int', ['int', 'int']),
    trim: library.func('malloc_trim', 'int', ['size_t']),
  };
}

/** Undefined on systems whose types differ from what is written here (32 bits). */
export function bindLibc(koffi: Koffi): Libc | undefined {
  if (koffi.sizeof('long') !== 8 || koffi.sizeof('size_t') !== 8) return undefined;
  const library = koffi.load(null); // the process itself: the C library that Node runs on
  const errno = (): number => koffi.errno();
  return process.platform === 'darwin' ? bindMacos(library, errno) : bindLinux(library, errno);
}

function bindLinux(library: Library, errno: () => number): Libc {
  const AT_FDCWD = -100;
  const AT_SYMLINK_NOFOLLOW = 0x100;
  const utimensat = library.func('utimensat', 'int', ['int', 'uint8_t *', 'int64_t *', 'int']);
  return {
    errno,
    list: library.func('llistxattr', 'int64_t', ['uint8_t *', 'uint8_t *', 'size_t']),
    get: library.func('lgetxattr', 'int64_t', ['uint8_t *', 'uint8_t *', 'uint8_t *', 'size_t']),
    set: bindSet(library.func('lsetxattr', 'int', ['uint8_t *', 'uint8_t *', 'uint8_t *', 'size_t', 'int'])),
    remove: library.func('lremovexattr', 'int', ['uint8_t *', 'uint8_t *']),
    setTimes: (path, times) => utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW),
    makeFifo: library.func('mkfifo', 'int', ['uint8_t *', 'uint32_t']),
    makeNode: bindLinuxMknod(library),
  };
}

function bindSet(lsetxattr: (...args: unknown[]) => number): Libc['set'] {
  return (path, name, value, size) => lsetxattr(path, name, size === 0 ? null : value, size, 0);
}

/** Before glibc 2.33 `mknod` was an inline function around `__xmknod`. */
function bindLinuxMknod(library: Library): Libc['makeNode'] {
  try {
    return library.func('mknod', 'int', ['uint8_t *', 'uint32_t', 'uint64_t']);
  } catch {
    const xmknod = library.func('__xmknod', 'int', ['int', 'uint8_t *', 'uint32_t', 'uint64_t *']);
    const MKNOD_VERSION = 0; // _MKNOD_VER of 64-bit systems
    return (path, mode, device) => xmknod(MKNOD_VERSION, path, mode, BigUint64Array.of(device));
  }
}

function bindMacos(library: Library, errno: () => number): Libc {
  const AT_FDCWD = -2;
  const AT_SYMLINK_NOFOLLOW = 0x20;
  const XATTR_NOFOLLOW = 1;
  const list = library.func('listxattr', 'int64_t', ['uint8_t *', 'uint8_t *', 'size_t', 'int']);
  const get = library.func('getxattr', 'int64_t', ['uint8_t *', 'uint8_t *', 'uint8_t *', 'size_t', 'uint32_t', 'int']);
  const set = library.func('setxattr', 'int', ['uint8_t *', 'uint8_t *', 'uint8_t *', 'size_t', 'uint32_t', 'int']);
  const remove = library.func('removexattr', 'int', ['uint8_t *', 'uint8_t *', 'int']);
  const utimensat = library.func('utimensat', 'int', ['int', 'uint8_t *', 'int64_t *', 'int']);
  const mknod = library.func('mknod', 'int', ['uint8_t *', 'uint16_t', 'int32_t']);
  return {
    errno,
    list: (path, out, size) => list(path, out, size, XATTR_NOFOLLOW),
    get: (path, name, out, size) => get(path, name, out, size, 0, XATTR_NOFOLLOW),
    set: (path, name, value, size) => set(path, name, size === 0 ? null : value, size, 0, XATTR_NOFOLLOW),
    remove: (path, name) => remove(path, name, XATTR_NOFOLLOW),
    setTimes: (path, times) => utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW),
    makeFifo: library.func('mkfifo', 'int', ['uint8_t *', 'uint16_t']),
    makeNode: (path, mode, device) => mknod(path, mode, Number(BigInt.asIntN(32, device))),
  };
}
