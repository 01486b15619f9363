/**
 * Handles as every backend must see them: which types there are, which names are restic names, and the check that
 * keeps anything else (a path with `..`, a temporary file's name) out of file names and URLs.
 */
import { HoldfastError } from '../base/errors.ts';
import type { ByteRange, FileType, Handle } from './backend.ts';

/** Every file type, in the order of restic's design.rst. */
export const fileTypes: readonly FileType[] = ['config', 'data', 'index', 'key', 'lock', 'snapshot'];

const idName = /^[0-9a-f]{64}$/;

/** True for a name that a file of this type may have: 64 lowercase hex digits, or "config" for the config. */
export function isFileName(type: FileType, name: string): boolean {
  return type === 'config' ? name === 'config' : idName.test(name);
}

/** Throws `invalid-input` for a handle that names no file of a repository. */
export function checkHandle(handle: Handle): void {
  if (fileTypes.includes(handle.type) && isFileName(handle.type, handle.name)) return;
  throw new HoldfastError('invalid-input', `"${handle.name}" is no name of a ${handle.type} file in a repository.`);
}

/** "data/0a1b…", for messages. */
export function describeHandle(handle: Handle): string {
  return handle.type === 'config' ? 'config' : `${handle.type}/${handle.name}`;
}

/**
 * Where a range lies in a file of that size. A negative offset counts from the end.
 *
 * @throws `invalid-input` for a range that is none; `corrupt` where the file is shorter than the range.
 */
export function resolveRange(range: ByteRange, sizeBytes: number, file: string): { start: number; end: number } {
  const { offset, length } = range;
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || length < 0) {
    throw new HoldfastError('invalid-input', `No such range: ${length} bytes at ${offset}.`);
  }
  const start = offset < 0 ? sizeBytes + offset : offset;
  const end = start + length;
  if (start < 0 || end > sizeBytes) {
    throw new HoldfastError(
      'corrupt',
      `${file} is too short: it has ${sizeBytes} bytes, and ${length} at ${offset} are asked for.`,
      { context: { file, sizeBytes, offset, length } },
    );
  }
  return { start, end };
}
