/**
 * Sources that are missing, or suddenly empty (an unmounted drive leaves its empty mount point behind): such a run must
 * end before it writes a snapshot that looks as if the files had been deleted.
 */
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError, isHoldfastError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import { decodeTree } from '../format/tree.ts';
import type { Repository } from '../repository/mod.ts';
import { listNames, readFileStat } from '../source/mod.ts';

/** @throws `source-missing` naming the first path that is not there */
export function checkSources(paths: readonly ByteString[]): void {
  for (const path of paths) {
    try {
      readFileStat(path);
    } catch (cause) {
      throw new HoldfastError('source-missing', `The source ${toUtf8(path)} is missing. Nothing was backed up.`, {
        retry: 'backoff',
        hint: 'Check its spelling, or mount the drive that holds it.',
        context: { path: toUtf8(path) },
        cause,
      });
    }
  }
}

export interface StillFullOptions {
  readonly repository: Repository;
  readonly paths: readonly ByteString[];
  /** The tree of the last snapshot of these paths. */
  readonly root: Id;
  readonly signal: AbortSignal;
}

/** @throws `source-missing` for a folder that is empty now and was not in that snapshot */
export async function checkStillFull(options: StillFullOptions): Promise<void> {
  for (const path of options.paths) {
    if (!isEmptyFolder(path) || !(await hadEntries(options, path))) continue;
    throw new HoldfastError(
      'source-missing',
      `The source ${toUtf8(path)} is empty, and had files in the last snapshot. Nothing was backed up.`,
      {
        retry: 'backoff',
        hint: 'Mount the drive that belongs there. If the files are gone on purpose, back up with --allow-empty.',
        context: { path: toUtf8(path) },
      },
    );
  }
}

function isEmptyFolder(path: ByteString): boolean {
  return readFileStat(path).kind === 'dir' && listNames(path).length === 0;
}

async function hadEntries({ repository, root, signal }: StillFullOptions, path: ByteString): Promise<boolean> {
  let tree: Id | undefined = root;
  try {
    for (const part of path.split('/').filter((name) => name !== '')) {
      if (tree === undefined) return false;
      const nodes = decodeTree(await repository.readBlob('tree', tree, signal));
      tree = nodes.find((node) => node.name === part)?.subtree;
    }
    return tree !== undefined && decodeTree(await repository.readBlob('tree', tree, signal)).length > 0;
  } catch (error) {
    if (isHoldfastError(error, 'corrupt', 'not-found')) return false;
    throw error;
  }
}
