/**
 * The file attributes that Node alone can handle: times, rounded to about a microsecond. No xattrs, fifos, device nodes.
 * The last resort of platform/attributes.ts, and what Windows has.
 */
import { lutimesSync } from 'node:fs';
import { type ByteString, fsPath, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError } from '../base/errors.ts';
import { attributeError } from './attribute-errors.ts';
import type { FileAttributes, Xattr } from './attributes-port.ts';

const none: readonly Xattr[] = Object.freeze([]);

export const nodeAttributes: FileAttributes = {
  adapter: 'node',
  listXattrs: () => none,
  setXattrs(path, xattrs) {
    if (xattrs.length > 0) throw cannot('set extended attributes', path);
  },
  removeXattr() {},
  setTimes(path, atimeNs, mtimeNs) {
    try {
      lutimesSync(fsPath(path), Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9);
    } catch (error) {
      throw attributeError(error, 'set the times', path);
    }
  },
  makeFifo(path) {
    throw cannot('make a named pipe', path);
  },
  makeDevice(path) {
    throw cannot('make a device node', path);
  },
};

function cannot(doing: string, path: ByteString): HoldfastError {
  const shown = toUtf8(path);
  return new HoldfastError('unsupported', `Cannot ${doing} at ${shown}: not possible on this system`, {
    ...(process.platform === 'win32' ? {} : { hint: 'Install the optional npm package koffi, then run it again.' }),
    context: { path: shown },
  });
}
