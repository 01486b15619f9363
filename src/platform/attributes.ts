/**
 * The port to what Node cannot do with files: extended attributes, exact times of links, fifos and device nodes.
 *
 * `fileAttributes()` gives the best adapter of this machine, chosen once a thread at first use:
 * - `libc` (Linux with glibc or musl, macOS): the C library through the optional package koffi, self-tested before it is used;
 * - `node` (elsewhere, or without koffi): no extended attributes, fifos or device nodes, times to about a microsecond. On Windows
 *   this is all there is: files there have no xattrs, and times are set to the 100 ns that NTFS keeps, less rounding.
 *
 * All errors are HoldfastErrors with `context.path`; nothing here ever follows a link at the end of a path.
 */
import type { FileAttributes } from './attributes-port.ts';
import { loadLibcAttributes } from './libc-attributes.ts';
import { nodeAttributes } from './node-attributes.ts';

export type { FileAttributes } from './attributes-port.ts';

let chosen: FileAttributes | undefined;

/** The adapter for this machine. The first call loads and tests koffi (about 10 ms); later ones cost nothing. */
export function fileAttributes(): FileAttributes {
  chosen ??= loadLibcAttributes() ?? nodeAttributes;
  return chosen;
}
