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
import type { PlannedSource, Targets } from './targets.ts';

/** @throws `source-missing` naming the first path that is not there */
export function checkSources(paths: readonly ByteString[]): void {
  for (const path of paths) {
    try {
      readFileStat(path);
    } catch (cause) {
      throw missingSource(path, cause);
    }
  }
}

/** `source-missing` */
export function missingSource(path: ByteString, cause: unknown): HoldfastError {
  return new HoldfastError('source-missing', `The source ${toUtf8(path)} is missing. Nothing was backed up.`, {
    retry: 'backoff',
    hint: 'Check its spelling, or mount the drive that holds it.',
    context: { path: toUtf8(path) },
    cause,
  });
}

export interface StillFullOptions {
  readonly repository: Repository;
  readonly plan: Targets;
  /** The tree of the last snapshot of these paths. */
  readonly root: Id;
  readonly signal: AbortSignal;
}

/** @throws `source-missing` for a folder that is empty now and was not in that snapshot */
export async function checkStillFull(options: StillFullOptions): Promise<void> {
  for (const source of options.plan.sources) {
    const { path } = source;
    if (!isEmptyFolder(path) || !(await hadEntries(options, source))) continue;
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

/** One that cannot be looked into is not empty: the walk reports it. */
function isEmptyFolder(path: ByteString): boolean {
  try {
    return readFileStat(path).kind === 'dir' && listNames(path).length === 0;
  } catch (error) {
    if (isHoldfastError(error, 'permission', 'io')) return false;
    throw missingSource(path, error);
  }
}

/** The last snapshot may have been asked for by absolute or by relative paths: both places are looked at. */
async function hadEntries(options: StillFullOptions, { path, inSnapshot }: PlannedSource): Promise<boolean> {
  if (inSnapshot.length === 0) {
    const { root } = options.plan;
    if ((await entriesAt(options, [])).some((name) => !root.children.has(name))) return true;
  } else if ((await entriesAt(options, inSnapshot)).length > 0) {
    return true;
  }
  const parts = path.split('/').filter((name) => name !== '');
  return parts.length > 0 && (await entriesAt(options, parts)).length > 0;
}

/** The names in a folder of the last snapshot; none where it is not, or cannot be read. */
async function entriesAt(
  { repository, root, signal }: StillFullOptions,
  parts: readonly ByteString[],
): Promise<ByteString[]> {
  let tree: Id | undefined = root;
  try {
    for (const part of parts) {
      if (tree === undefined) return [];
      const nodes = decodeTree(await repository.readBlob('tree', tree, signal));
      tree = nodes.find((node) => node.name === part)?.subtree;
    }
    if (tree === undefined) return [];
    return decodeTree(await repository.readBlob('tree', tree, signal)).map((node) => node.name);
  } catch (error) {
    if (isHoldfastError(error, 'corrupt', 'not-found')) return [];
    throw error;
  }
}
