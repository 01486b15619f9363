/**
 * Opens and reads one file for a backup, and notices when it is not what was scanned.
 *
 * A file is opened without following links, without waiting (a FIFO that took its place cannot hang us) and, where we
 * may, without touching its access time.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type ByteString, fsPath, toUtf8 } from '../../base/byte-string.ts';
import {
  fromSystemError,
  HoldfastError,
  isHoldfastError,
  messageOf,
  type SerializedError,
  systemCode,
} from '../../base/errors.ts';
import { type FileStat, fileStatOf, openLongPath } from '../../source/mod.ts';
import { expectedFields } from './protocol.ts';

const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const withoutAtime = constants.O_NOATIME ?? 0;
const bigint = { bigint: true } as const;

export class OpenFile implements Disposable {
  readonly path: ByteString;
  readonly #fd: number;

  /** @throws SourceFileError naming the file */
  constructor(path: ByteString) {
    this.path = path;
    this.#fd = this.#doing('open', () => {
      using reach = openLongPath(path);
      return openWithoutAtime(fsPath(reach.path));
    });
  }

  /** Reads up to `length` bytes at `position` to `buffer[at…]`; 0 at the end of the file. */
  read(buffer: Uint8Array, at: number, length: number, position: number): number {
    return this.#doing('read', () => readSync(this.#fd, buffer, at, length, position));
  }

  /**
   * The stat now, if it differs from what was expected; undefined if the file is as it was.
   *
   * @throws SourceFileError if it is no regular file any more
   */
  changed(expected: BigInt64Array, at = 0): FileStat | undefined {
    const stats = this.#doing('read', () => fstatSync(this.#fd, bigint));
    if (
      stats.size === expected[at] &&
      low64(stats.mtimeNs) === expected[at + 1] &&
      low64(stats.ctimeNs) === expected[at + 2] &&
      low64(stats.ino) === expected[at + 3]
    ) {
      return undefined;
    }
    if (!stats.isFile()) {
      throw new SourceFileError(new HoldfastError('io', `${toUtf8(this.path)} is no regular file any more.`));
    }
    return fileStatOf(stats);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #doing<T>(verb: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new SourceFileError(fromSystemError(error, `${verb} ${toUtf8(this.path)}`));
    }
  }
}

/** Wraps what went wrong with a file of the source, so that it is never taken for an error of the repository. */
export class SourceFileError extends Error {
  override readonly cause: unknown;

  constructor(cause: unknown) {
    super(messageOf(cause));
    this.cause = cause;
  }
}

/** A problem of one file; anything else (a full disk, a bug) ends the backup. */
export function problemOf(error: unknown): SerializedError {
  if (!(error instanceof SourceFileError)) throw error;
  const { cause } = error;
  return (isHoldfastError(cause) ? cause : new HoldfastError('io', error.message, { cause })).toJSON();
}

/** What is said of a file that would not hold still. */
export function changedError(path: ByteString): SerializedError {
  return new HoldfastError('io', `${toUtf8(path)} changed while it was read.`, {
    hint: 'It is in the snapshot as far as it was read; close the program that writes it, or run the backup again.',
  }).toJSON();
}

/** Only the owner (and root) may ask that the access time be left alone. */
function openWithoutAtime(path: string | Buffer): number {
  try {
    return openSync(path, openFlags | withoutAtime);
  } catch (error) {
    if (withoutAtime === 0 || systemCode(error) !== 'EPERM') throw error;
    return openSync(path, openFlags);
  }
}

/** As a BigInt64Array keeps it: times after 2262 and large inodes wrap around. */
function low64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** Writes what a file must still be to `into[at…]`; see `OpenFile.changed`. */
export function expectStat(stat: FileStat, into: BigInt64Array, at = 0): void {
  into[at] = BigInt(stat.size);
  into[at + 1] = stat.mtimeNs;
  into[at + 2] = stat.ctimeNs;
  into[at + 3] = stat.inode;
}

/** The same as an array of its own. */
export function expectedOf(stat: FileStat): BigInt64Array {
  const expected = new BigInt64Array(expectedFields);
  expectStat(stat, expected);
  return expected;
}
