/**
 * File attributes through the C library (Linux with glibc or musl, macOS), called by the optional package koffi.
 *
 * Owns all foreign function calls of the project. Paths and names reach C as their exact bytes with a trailing NUL, in buffers
 * that are reused, so a file without xattrs costs one call and no garbage. Types are those of 64-bit systems (timespec = two
 * 64-bit numbers); others get no adapter. `loadLibcAttributes` gives one only after it has answered right on this machine.
 */
import { constants as fsConstants, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants as osConstants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ByteString, fromUtf8, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError } from '../base/errors.ts';
import { errnoError } from './attribute-errors.ts';
import type { FileAttributes, Xattr } from './attributes-port.ts';
import { bindLibc, type Libc } from './libc.ts';

const { ENOENT, ENOTSUP, EOPNOTSUPP, ENODATA, ERANGE } = osConstants.errno;
const ENOATTR_MACOS = 93; // sys/errno.h of macOS; Linux says ENODATA for the same
const noAttribute = process.platform === 'darwin' ? ENOATTR_MACOS : ENODATA;

const none: readonly Xattr[] = Object.freeze([]);

/** The adapter, or undefined where koffi or the C library's functions are missing or answer wrongly. */
export function loadLibcAttributes(): FileAttributes | undefined {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return undefined;
  try {
    const require = createRequire(import.meta.url);
    const libc = bindLibc(require('koffi'));
    return libc !== undefined && listsRightly(libc) ? libcAttributes(libc) : undefined;
  } catch {
    return undefined;
  }
}

function libcAttributes(libc: Libc): FileAttributes {
  const pathBuffer = new CString(4096 + 256);
  const nameBuffer = new CString(256);
  const times = new BigInt64Array(4);
  let listBuffer = Buffer.allocUnsafeSlow(65536); // XATTR_LIST_MAX and XATTR_SIZE_MAX of Linux; macOS has no limit
  let valueBuffer = Buffer.allocUnsafeSlow(65536);
  let timesWork: boolean | undefined;

  const listNames = (cPath: Buffer, path: ByteString): ByteString => {
    for (;;) {
      const length = libc.list(cPath, listBuffer, listBuffer.length);
      if (length === 0) return '';
      if (length > 0) return listBuffer.toString('latin1', 0, length);
      const errno = libc.errno();
      if (errno === ENOTSUP || errno === EOPNOTSUPP || errno === noAttribute) return '';
      if (errno !== ERANGE) throw errnoError(errno, 'list the extended attributes', path);
      listBuffer = Buffer.allocUnsafeSlow(listBuffer.length * 2);
    }
  };
  const readValue = (cPath: Buffer, path: ByteString, name: ByteString): Uint8Array => {
    const cName = nameBuffer.set(name);
    for (;;) {
      const length = libc.get(cPath, cName, valueBuffer, valueBuffer.length);
      if (length >= 0) return new Uint8Array(valueBuffer.subarray(0, length)); // a copy
      const errno = libc.errno();
      if (errno !== ERANGE) throw errnoError(errno, `read the extended attribute ${toUtf8(name)}`, path);
      valueBuffer = Buffer.allocUnsafeSlow(valueBuffer.length * 2);
    }
  };

  return {
    adapter: 'libc',
    listXattrs(path, onUnreadable) {
      const cPath = pathBuffer.set(path);
      const names = listNames(cPath, path);
      if (names === '') return none;
      const xattrs: Xattr[] = [];
      for (const name of names.split('\0')) {
        if (name === '') continue;
        try {
          xattrs.push({ name, value: readValue(cPath, path, name) });
        } catch (error) {
          onUnreadable?.(name, error instanceof Error ? error : new Error(String(error)));
        }
      }
      return xattrs;
    },
    setXattrs(path, xattrs) {
      if (xattrs.length === 0) return;
      const cPath = pathBuffer.set(withoutNul(path));
      for (const { name, value } of xattrs) {
        const result = libc.set(cPath, nameBuffer.set(withoutNul(name)), value, value.length);
        if (result !== 0) throw errnoError(libc.errno(), `set the extended attribute ${toUtf8(name)}`, path);
      }
    },
    removeXattr(path, name) {
      const result = libc.remove(pathBuffer.set(withoutNul(path)), nameBuffer.set(withoutNul(name)));
      if (result === 0) return;
      const errno = libc.errno();
      if (errno === noAttribute || errno === ENOTSUP || errno === EOPNOTSUPP) return;
      throw errnoError(errno, `remove the extended attribute ${toUtf8(name)}`, path);
    },
    setTimes(path, atimeNs, mtimeNs) {
      timesWork ??= setsTimesRightly(libc);
      if (!timesWork) throw new HoldfastError('internal', 'utimensat of this system does not do what it should');
      fillTimes(times, atimeNs, mtimeNs);
      const result = libc.setTimes(pathBuffer.set(withoutNul(path)), times);
      if (result !== 0) throw errnoError(libc.errno(), 'set the times', path);
    },
    makeFifo(path, mode) {
      const result = libc.makeFifo(pathBuffer.set(withoutNul(path)), mode & 0o7777);
      if (result !== 0) throw errnoError(libc.errno(), 'make the named pipe', path);
    },
    makeDevice(path, mode, rdev) {
      const type = mode & fsConstants.S_IFMT;
      if (type !== fsConstants.S_IFBLK && type !== fsConstants.S_IFCHR) {
        throw new HoldfastError('internal', `mode ${mode.toString(8)} is no device`, {
          context: { path: toUtf8(path) },
        });
      }
      const result = libc.makeNode(pathBuffer.set(withoutNul(path)), mode, rdev);
      if (result !== 0) throw errnoError(libc.errno(), 'make the device node', path);
    },
  };
}

/** A reused buffer that holds one byte string and its NUL; what `set` gives is good until the next `set`. */
class CString {
  #bytes: Buffer;

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
  }

  set(text: ByteString): Buffer {
    if (text.length >= this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(text.length * 2);
    const length = this.#bytes.write(text, 0, 'latin1');
    this.#bytes[length] = 0;
    return this.#bytes;
  }
}

/** C would silently act on what comes before a NUL: on another file. */
function withoutNul(text: ByteString): ByteString {
  if (!text.includes('\0')) return text;
  throw new HoldfastError('invalid-input', `A path or name must not hold a NUL byte: ${toUtf8(text)}`);
}

function fillTimes(times: BigInt64Array, atimeNs: bigint, mtimeNs: bigint): void {
  fillTime(times, 0, atimeNs);
  fillTime(times, 2, mtimeNs);
}

/** A timespec counts nanoseconds upwards from its second, before 1970 too. */
function fillTime(times: BigInt64Array, at: number, ns: bigint): void {
  const rest = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  times[at] = (ns - rest) / 1_000_000_000n;
  times[at + 1] = rest;
}

function listsRightly(libc: Libc): boolean {
  const path = new CString(256);
  const buffer = Buffer.alloc(65536);
  const root = libc.list(path.set('/'), buffer, buffer.length);
  if (root < 0 && libc.errno() !== ENOTSUP && libc.errno() !== EOPNOTSUPP) return false;
  return libc.list(path.set('/holdfast-self-test/missing'), buffer, buffer.length) === -1 && libc.errno() === ENOENT;
}

/** Sets an odd time on a temporary file and reads it back; true where no such file can be made (nothing is known then). */
function setsTimesRightly(libc: Libc): boolean {
  let folder: string;
  let file: string;
  try {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
    file = join(folder, 'times');
    writeFileSync(file, '');
  } catch {
    return true;
  }
  try {
    const times = new BigInt64Array(4);
    fillTimes(times, 1_234_567_890_123_456_700n, 1_345_678_901_234_567_800n);
    if (libc.setTimes(new CString(4096).set(fromUtf8(file)), times) !== 0) return false;
    const stat = lstatSync(file, { bigint: true });
    const coarse = 2_000_000_000n; // FAT keeps two seconds
    return (
      abs(stat.mtimeNs - 1_345_678_901_234_567_800n) <= coarse &&
      abs(stat.atimeNs - 1_234_567_890_123_456_700n) <= coarse * 86_400n
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
