/** Files as a restore opens them: never through a link, never one that was not meant. */
import { type BigIntStats, constants, fstatSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { type ByteString, fsPath } from '../../base/byte-string.ts';
import { systemCode } from '../../base/errors.ts';
import { writtenParts } from './sparse.ts';

const noFollow = constants.O_NOFOLLOW ?? 0;
const noBlock = constants.O_NONBLOCK ?? 0;
const createFlags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | noFollow;

/** A new file that only the owner can read. Fails with EEXIST if anything is there, a link included. */
export function createFile(path: ByteString): number {
  return openSync(fsPath(path), createFlags, 0o600);
}

/** A new file in the place of what a killed run left under this temporary name. */
export function createTemporary(path: ByteString): number {
  try {
    return createFile(path);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    unlinkSync(fsPath(path));
    return createFile(path);
  }
}

/** To go on with a file that this run made. */
export function reopenFile(path: ByteString): number {
  return openSync(fsPath(path), constants.O_WRONLY | noFollow);
}

/** To read a file; a FIFO in its place cannot hang us, a link fails. */
export function openToRead(path: ByteString): number {
  return openSync(fsPath(path), constants.O_RDONLY | noFollow | noBlock);
}

export function statOpen(fd: number): BigIntStats {
  return fstatSync(fd, { bigint: true });
}

/**
 * Writes all of it. With `sparse`, runs of zeros are left out (the file must be new).
 *
 * @returns up to where it was written; less than where the bytes end if they end with zeros that were left out
 */
export function writeAll(fd: number, bytes: Uint8Array, position: number, sparse: boolean): number {
  if (!sparse || bytes.length < 4096) {
    writePart(fd, bytes, 0, bytes.length, position);
    return position + bytes.length;
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts = writtenParts(buffer, position);
  for (let at = 0; at < parts.length; at += 2) writePart(fd, buffer, parts[at]!, parts[at + 1]!, position + parts[at]!);
  return position + (parts.at(-1) ?? 0);
}

function writePart(fd: number, bytes: Uint8Array, start: number, end: number, position: number): void {
  for (let done = start; done < end; ) done += writeSync(fd, bytes, done, end - done, position + done - start);
}
