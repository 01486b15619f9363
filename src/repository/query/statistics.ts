/**
 * How much snapshots hold, counted in restic's four ways (restic cmd_stats.go). Each tree is read once, however many
 * snapshots and folders share it.
 */
import type { ByteString } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import type { Node } from '../../format/tree.ts';
import type { BlobType } from '../blob-table.ts';
import type { Repository } from '../repository.ts';
import { TreeReader, walkTree, walkUniqueTrees } from '../trees.ts';
import { contentKey } from './content-key.ts';
import { restoreSizes } from './restore-size.ts';

export const statisticsModes = ['restore-size', 'files-by-contents', 'blobs-per-file', 'raw-data'] as const;
/**
 * `restore-size`: what a restore writes (a hard link counts once a snapshot). `files-by-contents`: each content once.
 * `blobs-per-file`: each blob once a file. `raw-data`: each blob once, as stored.
 */
export type StatisticsMode = (typeof statisticsModes)[number];

/** Sizes in bytes. What a mode does not count is undefined. */
export interface Statistics {
  readonly totalSize: number;
  readonly totalFiles?: number;
  readonly totalBlobs?: number;
  /** raw-data in format 2 only, as the four that follow. */
  readonly totalUncompressedSize?: number;
  /** Plain size of the compressed blobs ÷ what they take. */
  readonly compressionRatio?: number;
  /** Percent of the data that is compressed. */
  readonly compressionProgress?: number;
  /** Percent saved. */
  readonly compressionSpaceSaving?: number;
}

/**
 * Counts what is in the snapshots with these root trees. The index must be loaded.
 *
 * @throws `not-found`, `corrupt` for a tree that cannot be read: there is no partial answer
 */
export async function countStatistics(
  repository: Repository,
  roots: readonly Id[],
  mode: StatisticsMode,
  signal: AbortSignal,
): Promise<Statistics> {
  switch (mode) {
    case 'restore-size':
      return restoreSizes(repository, roots, signal);
    case 'files-by-contents':
      return filesByContents(repository, roots, signal);
    case 'blobs-per-file':
      return blobsPerFile(repository, roots, signal);
    case 'raw-data':
      return rawData(repository, roots, signal);
  }
}

async function filesByContents(repository: Repository, roots: readonly Id[], signal: AbortSignal): Promise<Statistics> {
  const seen = new Set<string>();
  let totalSize = 0;
  await walkUniqueTrees(repository, roots, { signal }, (_, nodes) => {
    for (const node of nodes) {
      const key = contentKey(node);
      if (seen.has(key)) continue;
      seen.add(key);
      totalSize += node.size ?? 0;
    }
  });
  return { totalSize, totalFiles: seen.size };
}

/** Files with equal contents count where they are met first, in the order of snapshots and names. */
async function blobsPerFile(repository: Repository, roots: readonly Id[], signal: AbortSignal): Promise<Statistics> {
  const seen = new Set<string>();
  const seenTrees = new Set<Id>();
  const byPath = new Map<ByteString, Set<Id>>();
  const totals = { totalSize: 0, totalBlobs: 0 };
  const reader = new TreeReader(repository);
  const enter = ({ node }: { readonly node: Node }): boolean => firstTime(seenTrees, node.subtree ?? '');
  for (const root of roots) {
    if (!firstTime(seenTrees, root)) continue;
    for await (const { path, node, treeId } of walkTree(reader, root, { signal, enter })) {
      if (!firstTime(seen, contentKey(node)) || (node.content ?? []).length === 0) continue;
      const blobs = byPath.get(path) ?? new Set();
      byPath.set(path, blobs);
      for (const id of node.content ?? []) {
        if (!firstTime(blobs, id)) continue;
        totals.totalSize += plainLength(repository, id, treeId);
        totals.totalBlobs += 1;
      }
    }
  }
  return { ...totals, totalFiles: byPath.size };
}

async function rawData(repository: Repository, roots: readonly Id[], signal: AbortSignal): Promise<Statistics> {
  const { blobs } = repository.index;
  const counted = new Uint8Array(blobs.size);
  let [size, plainSize, compressed, compressedPlain, count] = [0, 0, 0, 0, 0];
  const add = (type: BlobType, id: Id): void => {
    const entry = blobs.find(type, id);
    if (entry < 0) throw new HoldfastError('not-found', `The ${type} blob ${id} is in no index of the repository.`);
    if (counted[entry] !== 0) return;
    counted[entry] = 1;
    const length = blobs.length(entry);
    const plain = blobs.plainLength(entry) + sealOverhead;
    size += length;
    plainSize += plain;
    count += 1;
    if (blobs.uncompressedLength(entry) === 0) return;
    compressed += length;
    compressedPlain += plain;
  };
  await walkUniqueTrees(repository, roots, { signal }, (treeId, nodes) => {
    add('tree', treeId);
    for (const { type, content } of nodes) if (type === 'file') for (const id of content ?? []) add('data', id);
  });
  const counts = { totalSize: size, totalBlobs: count };
  if (repository.config.version < 2) return counts;
  return {
    ...counts,
    totalUncompressedSize: plainSize,
    compressionRatio: compressed === 0 ? 0 : compressedPlain / compressed,
    compressionProgress: plainSize === 0 ? 0 : (compressedPlain / plainSize) * 100,
    compressionSpaceSaving: plainSize === 0 ? 0 : (1 - size / plainSize) * 100,
  };
}

/** What sealing adds to a blob: restic counts it in plain sizes as well. */
const sealOverhead = 32;

function firstTime<T>(set: Set<T>, value: T): boolean {
  if (set.has(value)) return false;
  set.add(value);
  return true;
}

function plainLength(repository: Repository, id: Id, treeId: Id): number {
  const bytes = repository.index.plainLength('data', id);
  if (bytes !== undefined) return bytes;
  throw new HoldfastError('not-found', `The data blob ${id}, which the tree ${treeId} refers to, is in no index.`);
}
