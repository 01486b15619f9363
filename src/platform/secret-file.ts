/**
 * Secrets in files, for machines without a keychain: one file a secret, mode 0600, in a folder of mode 0700.
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
import { join } from 'node:path';
import { fromSystemError, HoldfastError, systemCode } from '../base/errors.ts';

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0; // Windows has neither
const LARGEST_SECRET = 64 * 1024;

/** @throws HoldfastError; the secret is never part of it. */
export function writeSecretFile(folder: string, name: string, secret: string): void {
  const path = secretPath(folder, name);
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    prepareFolder(folder);
    const fd = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o600);
    try {
      fchmodSync(fd, 0o600);
      writeFileSync(fd, secret);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
    syncFolder(folder);
  } catch (error) {
    removeQuietly(temporary);
    throw fromSystemError(error, `keep a secret in ${path}`);
  }
}

/** Undefined if there is none. */
export function readSecretFile(folder: string, name: string): string | undefined {
  const path = secretPath(folder, name);
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw fromSystemError(error, `read the secret in ${path}`);
  }
  try {
    checkPrivate(fd, path);
    return readFileSync(fd, 'utf8');
  } catch (error) {
    throw fromSystemError(error, `read the secret in ${path}`);
  } finally {
    closeSync(fd);
  }
}

/** It is fine if there is none. */
export function removeSecretFile(folder: string, name: string): void {
  const path = secretPath(folder, name);
  try {
    unlinkSync(path);
    syncFolder(folder);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR')
      throw fromSystemError(error, `remove ${path}`);
  }
}

function secretPath(folder: string, name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/.test(name)) {
    throw new HoldfastError('internal', `"${name}" cannot be the name of a secret`);
  }
  return join(folder, name);
}

function prepareFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stat = lstatSync(folder);
  if (!stat.isDirectory()) throw new HoldfastError('permission', `${folder} is a link, and secrets need a folder`);
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

function checkPrivate(fd: number, path: string): void {
  const stat = fstatSync(fd);
  if (!stat.isFile() || stat.size > LARGEST_SECRET)
    throw new HoldfastError('corrupt', `${path} is no file that holds a secret`);
  if (process.platform === 'win32') return;
  if (stat.uid !== process.geteuid?.()) {
    throw new HoldfastError('permission', `The secret in ${path} belongs to another user`, {
      hint: 'Run as that user, or give the password in another way.',
    });
  }
  if ((stat.mode & 0o077) !== 0) {
    throw new HoldfastError('permission', `The secret in ${path} is open to other users`, {
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
