/**
 * Files that only this user may read: mode 0600, in a folder of mode 0700.
 *
 * Guarantees: a file is whole or not there (written beside, fsynced, renamed, the folder fsynced); it is never readable for others,
 * not even for a moment; links are never followed; one that others may read or that belongs to someone else is refused.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fromSystemError, HoldfastError, systemCode } from '../base/errors.ts';

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0; // Windows has neither
const LARGEST_BYTES = 64 * 1024;

/** Writes it anew. @throws HoldfastError; the content is never part of it. */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    preparePrivateFolder(dirname(path));
    const fd = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o600);
    try {
      fchmodSync(fd, 0o600);
      writeFileSync(fd, content);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    removeQuietly(temporary);
    throw fromSystemError(error, `write ${path}`);
  }
}

/** Undefined if there is none. @throws `permission` if it is open to others or someone else's; `corrupt` if it is no small file */
export function readPrivateFile(path: string): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw fromSystemError(error, `read ${path}`);
  }
  try {
    checkPrivate(fd, path);
    return readFileSync(fd);
  } catch (error) {
    throw fromSystemError(error, `read ${path}`);
  } finally {
    closeSync(fd);
  }
}

/** It is fine if there is none. */
export function removePrivateFile(path: string): void {
  try {
    unlinkSync(path);
    syncFolder(dirname(path));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR')
      throw fromSystemError(error, `remove ${path}`);
  }
}

/** Makes a folder that only this user may enter, or closes one that is there. @throws `permission` for a link */
export function preparePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stat = lstatSync(folder);
    if (!stat.isDirectory()) {
      throw new HoldfastError('permission', `${folder} is a link, and private files need a folder`);
    }
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  } catch (error) {
    throw fromSystemError(error, `make the private folder ${folder}`);
  }
}

function checkPrivate(fd: number, path: string): void {
  const stat = fstatSync(fd);
  if (!stat.isFile() || stat.size > LARGEST_BYTES) {
    throw new HoldfastError('corrupt', `${path} is not a file of Holdfast`);
  }
  if (process.platform === 'win32') return;
  if (stat.uid !== process.geteuid?.()) {
    throw new HoldfastError('permission', `${path} holds a secret and belongs to another user`, {
      hint: 'Run as that user, or give the secret in another way.',
    });
  }
  if ((stat.mode & 0o077) !== 0) {
    throw new HoldfastError('permission', `${path} holds a secret and is open to other users`, {
      hint: `If you trust it, run: chmod 600 ${path}`,
    });
  }
}

/** Windows cannot open folders, and keeps renames by itself. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it was not made, or is already under its name
  }
}
