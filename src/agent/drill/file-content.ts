/** Compares a file on disk with the hashes of a snapshot's blobs, read from its start to its end. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type ByteString, fsPath } from '../../base/byte-string.ts';
import { idOf } from '../../format/id.ts';
import type { Node } from '../../format/tree.ts';
import type { Repository } from '../../repository/mod.ts';

/** Links are not followed, and a fifo does not hold up. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export type Comparison =
  | 'equal'
  | 'different'
  /** It is gone, is no file, cannot be read, or was changed since it was saved or while it was read. */
  | 'not-comparable';

/** Whether the file at `path` has exactly the content of the node. Throws what opening and reading throw. */
export async function hasContent(
  repository: Repository,
  node: Node,
  path: ByteString,
  signal: AbortSignal,
): Promise<boolean> {
  const file = await open(fsPath(path), flags);
  try {
    return await holds(repository, node, file, signal);
  } finally {
    await file.close();
  }
}

/** Compares the content of a file that has the size and time that it had when it was saved. */
export async function compareUnchanged(
  repository: Repository,
  node: Node,
  path: ByteString,
  signal: AbortSignal,
): Promise<Comparison> {
  let file: FileHandle | undefined;
  try {
    file = await open(fsPath(path), flags);
    if (!(await isUnchanged(file, node))) return 'not-comparable';
    const equal = await holds(repository, node, file, signal);
    return (await isUnchanged(file, node)) ? (equal ? 'equal' : 'different') : 'not-comparable';
  } catch {
    signal.throwIfAborted();
    return 'not-comparable';
  } finally {
    await file?.close();
  }
}

async function isUnchanged(file: FileHandle, node: Node): Promise<boolean> {
  const stats = await file.stat({ bigint: true });
  return stats.isFile() && Number(stats.size) === (node.size ?? 0) && stats.mtimeNs === node.mtimeNs;
}

async function holds(repository: Repository, node: Node, file: FileHandle, signal: AbortSignal): Promise<boolean> {
  let buffer = Buffer.alloc(0);
  let position = 0;
  for (const id of node.content ?? []) {
    signal.throwIfAborted();
    const length = repository.index.plainLength('data', id);
    if (length === undefined) return false;
    if (buffer.length < length) buffer = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(buffer, done, length - done, position + done);
      if (bytesRead === 0) return false;
      done += bytesRead;
    }
    position += length;
    if (idOf(buffer.subarray(0, length)) !== id) return false;
  }
  return (await file.stat()).size === position;
}
