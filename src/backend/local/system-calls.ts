/**
 * The system calls of the local backend as promises on plain file descriptors (a FileHandle costs more and may close
 * itself when collected), and the two that need care: flushing, which some file systems do not have, and opening for
 * reading, which must not follow a link or wait on a pipe.
 */
import fs from 'node:fs';
import { promisify } from 'node:util';
import { fromSystemError, HoldfastError, systemCode } from '../../base/errors.ts';

export const chmod = promisify(fs.fchmod);
export const close = promisify(fs.close);
export const fstat = promisify(fs.fstat);
export const link = promisify(fs.link);
export const mkdir = promisify(fs.mkdir);
export const open = promisify(fs.open);
export const readdir = promisify(fs.readdir);
export const rename = promisify(fs.rename);
export const statfs = promisify(fs.statfs);
export const unlink = promisify(fs.unlink);
const fsync = promisify(fs.fsync);
const readInto = promisify(fs.read);
const lstatOf = promisify(fs.lstat);
const statOf = promisify(fs.stat);

/** Absent on Windows, where they are 0. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;

/** `lstat`, or undefined where there is nothing of that name. */
export async function lstatIfThere(path: string): Promise<fs.Stats | undefined> {
  return await lstatOf(path).catch(undefinedIfMissing);
}

/** `stat` (a link to a folder counts as that folder), or undefined where there is nothing of that name. */
export async function statIfThere(path: string): Promise<fs.Stats | undefined> {
  return await statOf(path).catch(undefinedIfMissing);
}

function undefinedIfMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}

/** True for the system errors that say "no such file". */
export function isMissing(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** What a file system without fsync answers (restic's list, with macOS's ENOTTY on exFAT). */
const flushUnsupported = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS', 'ENOTTY']);

/** Waits until the file's bytes and size are on the disk, where the file system can promise that. */
export async function flush(fd: number): Promise<void> {
  await fsync(fd).catch((error: unknown) => {
    if (!flushUnsupported.has(systemCode(error) ?? '')) throw error;
  });
}

/** Waits until the folder's entries are on the disk. Windows has no such call: its journal keeps the order. */
export async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const fd = await open(path, O_RDONLY);
  try {
    await flush(fd);
  } finally {
    await close(fd);
  }
}

/**
 * Opens a file of the repository for reading. A link, folder, pipe or device in its place is `corrupt`, and is neither
 * followed nor waited for.
 */
export async function openRegular(path: string): Promise<{ fd: number; sizeBytes: number }> {
  const fd = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
    throw systemCode(error) === 'ELOOP' || systemCode(error) === 'ENXIO' ? notRegular(path) : error;
  });
  try {
    const stats = await fstat(fd);
    if (!stats.isFile()) throw notRegular(path);
    return { fd, sizeBytes: stats.size };
  } catch (error) {
    await close(fd);
    throw error;
  }
}

export function notRegular(path: string): HoldfastError {
  return new HoldfastError('corrupt', `${path} is no regular file.`, {
    hint: 'Something that Holdfast did not put there is in the place of a repository file. Look at it, then remove it.',
    context: { path },
  });
}

/** Reads exactly the bytes from `start` to `end`; `corrupt` if the file ends before. */
export async function readExactly(fd: number, start: number, end: number, path: string): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(end - start);
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await readInto(fd, bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) {
      throw new HoldfastError('corrupt', `${path} ended while it was read, after ${start + done} of ${end} bytes.`, {
        context: { path },
      });
    }
    done += bytesRead;
  }
  return bytes;
}

/** Runs `work`; its system errors come out as HoldfastErrors that name what was being done. */
export async function named<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fromSystemError(error, doing);
  }
}
