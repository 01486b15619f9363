/**
 * A download, saved as a file for this user alone: written beside it under another name, flushed, and renamed. So what has the
 * name is whole; what was begun is removed when it fails.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, open, rename, unlink } from 'node:fs/promises';
import { fromSystemError, HoldfastError, systemCode } from '../base/errors.ts';

export interface SaveOptions {
  readonly path: string;
  /** The connection's, or the file's that is sent. Rejects when it breaks off. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** @returns how many bytes there were. @throws `network` where they broke off; the codes of the file system */
export async function saveDownload({ path, body, onBytes, signal }: SaveOptions): Promise<number> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    let bytes: number;
    try {
      bytes = await writeAll(handle, chunksOf(body, signal), onBytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    return bytes;
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw signal.aborted ? signal.reason : fromSystemError(error, `write ${path}`);
  }
}

/** @throws `exists` if something has that name */
export async function checkIsFree(path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw fromSystemError(error, `write ${path}`);
  }
  throw new HoldfastError('exists', `${path} is there already.`, { hint: 'Give another name, or remove it first.' });
}

async function writeAll(
  handle: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) {
    await handle.writeFile(chunk);
    bytes += chunk.length;
    onBytes(bytes);
  }
  return bytes;
}

async function* chunksOf(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    signal.throwIfAborted();
    throw new HoldfastError('network', 'The agent broke the download off.', {
      hint: 'What it could not read is in its log; `holdfast repository check` looks for damage.',
      cause: error,
    });
  }
}
