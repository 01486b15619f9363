/**
 * Reaches paths longer than the system takes in one call (PATH_MAX, 4,096 bytes on Linux): folders on the way are opened one
 * after the other, and the rest of the path goes through `/proc/self/fd/N/`. Only Linux has that; elsewhere the system's error stands.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { type ByteString, fsPath } from '../../base/byte-string.ts';

/** Bytes that one call takes for sure, less room for `/proc/self/fd/…` and a name behind it. */
const LONGEST = 4096 - 32;
const LONGEST_NAME = 256;

/** A path that calls take while this is open; close it, by `using`, after the last one. */
export interface LongPath extends Disposable {
  readonly path: ByteString;
}

/** True for a path that needs `openLongPath` (itself, or with a name added). */
export function isLongPath(path: ByteString): boolean {
  return path.length > LONGEST - LONGEST_NAME && process.platform === 'linux';
}

/** A form of the path that calls take; the path itself where it is short. Throws Node's system error if a folder cannot be opened. */
export function openLongPath(path: ByteString): LongPath {
  let fd: number | undefined;
  const close = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  let rest = path;
  try {
    while (isLongPath(rest)) {
      const cut = rest.lastIndexOf('/', LONGEST - LONGEST_NAME);
      if (cut <= 0) break;
      const next = openSync(fsPath(rest.slice(0, cut)), constants.O_RDONLY | constants.O_DIRECTORY);
      close();
      fd = next;
      rest = `/proc/self/fd/${fd}${rest.slice(cut)}`;
    }
  } catch (error) {
    close();
    throw error;
  }
  return { path: rest, [Symbol.dispose]: close };
}
