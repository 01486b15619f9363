/**
 * The file that a download grows in: `<target>.part`, in the target's folder, with its state beside it.
 *
 *     state (0 bytes) ─► new .part ─► append … fsync, state … ─► all there ─► fsync, checksum ─► target, fsync of the folder
 *
 * Guarantees: readable for this user only; links are never followed; a `.part` without a state of the same backup is never
 * continued, and one without any state is never touched; after a crash what was not surely on the disk is fetched again. The
 * target appears whole, and under a name that was free, unless it may be overwritten.
 */
import { createHash } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import { HoldfastError, systemCode } from '../../base/errors.ts';
import { notOurs, type PartState, readPartState, writePartState } from './part-state.ts';

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
/** So much at most is fetched again after a crash. */
const saveEveryBytes = 16 * 1024 * 1024;
const flushUnsupported = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS', 'ENOTTY', 'EISDIR', 'EPERM']);
const noHardLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']);

export class PartFile implements AsyncDisposable {
  readonly #target: string;
  readonly #handle: fs.FileHandle;
  #state: PartState;
  #bytes: number;

  private constructor(target: string, handle: fs.FileHandle, state: PartState) {
    this.#target = target;
    this.#handle = handle;
    this.#state = state;
    this.#bytes = state.bytes;
  }

  /** Goes on with what is there of this backup, or begins. @throws HoldfastError `exists` for files that are not ours */
  static async open(target: string, identity: string): Promise<PartFile> {
    const found = await readPartState(statePath(target));
    const stat = await statOf(partPath(target));
    if (stat !== undefined && (found === undefined || !stat.isFile())) throw notOurs(partPath(target));
    if (found?.identity === identity && stat !== undefined && stat.size >= found.bytes) {
      const part = new PartFile(target, await fs.open(partPath(target), O_RDWR | O_NOFOLLOW | O_NONBLOCK), found);
      await part.#forgetUnsure();
      return part;
    }
    const state: PartState = { version: 1, identity, segment: 0, segmentStart: 0, bytes: 0 };
    await fs.rm(partPath(target), { force: true });
    await writePartState(statePath(target), state);
    const handle = await fs.open(partPath(target), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    return new PartFile(target, handle, state);
  }

  get state(): PartState {
    return this.#state;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of the current segment that are there. */
  get segmentDone(): number {
    return this.#bytes - this.#state.segmentStart;
  }

  async append(chunk: Uint8Array): Promise<void> {
    for (let written = 0; written < chunk.length; ) {
      const { bytesWritten } = await this.#handle.write(chunk, written, chunk.length - written, this.#bytes);
      written += bytesWritten;
      this.#bytes += bytesWritten;
    }
    if (this.#bytes - this.#state.bytes >= saveEveryBytes) await this.save();
  }

  /** What is known of the current segment from now on. */
  describeSegment(known: Pick<PartState, 'segmentName' | 'etag' | 'segmentBytes'>): void {
    const { version, identity, segment, segmentStart, bytes } = this.#state;
    this.#state = { version, identity, segment, segmentStart, bytes, ...known };
  }

  /** Forgets what is there of the current segment. */
  async restartSegment(): Promise<void> {
    // The state first: it must never tell of more than is there.
    const { segmentStart } = this.#state;
    await this.#remember({ ...this.#state, bytes: segmentStart });
    await this.#handle.truncate(segmentStart);
    this.#bytes = segmentStart;
  }

  /** The current segment is whole. */
  async endSegment(): Promise<void> {
    const { version, identity, segment, bytes } = this.#state;
    this.#state = { version, identity, segment: segment + 1, segmentStart: this.#bytes, bytes };
    await this.save();
  }

  /** What is there now is gone on with after a crash. */
  async save(): Promise<void> {
    await this.#handle.datasync();
    await this.#remember({ ...this.#state, bytes: this.#bytes });
  }

  /** In hex, of all that is there, read back from the disk. */
  async digest(algorithm: 'sha1' | 'sha256', signal: AbortSignal): Promise<string> {
    const hash = createHash(algorithm);
    const buffer = Buffer.alloc(1024 * 1024);
    for (let at = 0; at < this.#bytes; ) {
      signal.throwIfAborted();
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    return hash.digest('hex');
  }

  /** Gives it the target's name. @throws HoldfastError `exists` */
  async finish(overwrite: boolean): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    if (overwrite) await fs.rename(partPath(this.#target), this.#target);
    else await moveToFreeName(partPath(this.#target), this.#target);
    await removeParts(this.#target);
  }

  /** Removes it, and its state. */
  async discard(): Promise<void> {
    await this.#handle.close();
    await removeParts(this.#target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close(); // a second time it does nothing
  }

  /** What came after the last flush may be there, or may be zeros. */
  async #forgetUnsure(): Promise<void> {
    try {
      await this.#handle.truncate(this.#bytes);
    } catch (error) {
      await this.#handle.close();
      throw error;
    }
  }

  async #remember(state: PartState): Promise<void> {
    await writePartState(statePath(this.#target), state);
    this.#state = state;
  }
}

/**
 * Ends what a crash left between giving the target its name and removing the other: true if the target is that download.
 *
 * @throws HoldfastError `exists` for a target that is something else and may not be overwritten
 */
export async function isFinished(target: string, identity: string, overwrite: boolean): Promise<boolean> {
  const stat = await statOf(target);
  if (stat === undefined) return false;
  const part = await statOf(partPath(target));
  const isSame = part !== undefined && part.ino === stat.ino && part.dev === stat.dev;
  if (isSame && (await readPartState(statePath(target)))?.identity === identity) {
    await removeParts(target);
    return true;
  }
  if (!overwrite || !stat.isFile()) throw exists(target);
  return false;
}

async function moveToFreeName(from: string, to: string): Promise<void> {
  try {
    // A hard link fails where the name is taken; a rename would replace what is there.
    await fs.link(from, to);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw exists(to);
    if (!noHardLinks.has(systemCode(error) ?? '')) throw error;
    if ((await statOf(to)) !== undefined) throw exists(to);
    await fs.rename(from, to);
  }
}

async function removeParts(target: string): Promise<void> {
  await flushFolder(dirname(target));
  await fs.rm(partPath(target), { force: true });
  await fs.rm(statePath(target), { force: true });
  await flushFolder(dirname(target));
}

/** Windows has no such call: its journal keeps the order. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(path, O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    if (!flushUnsupported.has(systemCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

async function statOf(path: string) {
  try {
    return await fs.lstat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function exists(target: string): HoldfastError {
  return new HoldfastError('exists', `${target} is there already.`, {
    hint: 'Move it away, choose another name, or allow it to be overwritten.',
    context: { path: target },
  });
}

function partPath(target: string): string {
  return `${target}.part`;
}

function statePath(target: string): string {
  return `${target}.part.json`;
}
