/**
 * Extends the store's object lock on what the snapshots need, before it runs out: whoever takes the access key cannot remove it then.
 *
 *   shared lock ──► snapshots ──► index ──► every tree: which packs hold what is needed
 *   ──► config, keys, snapshots, index files that name such packs, and those packs: each extended where less than half is left
 *
 * What nobody needs any more is left to run out, so that it can be pruned. The store is asked about each file once.
 */

import type { Handle } from '../backend/backend.ts';
import { mapBounded } from '../base/concurrency.ts';
import type { Id } from '../format/id.ts';
import { acquireLock } from './locks.ts';
import { findUsedBlobs } from './prune/used-blobs.ts';
import type { Repository } from './repository.ts';
import { listSnapshots } from './snapshots.ts';

export interface ExtendObjectLockOptions {
  readonly repository: Repository;
  readonly lockWaitMs?: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

export interface ExtendObjectLockReport {
  /** Files that the snapshots need. */
  readonly files: number;
  readonly extended: number;
}

/**
 * Undefined where the settings of the repository's place ask for no object lock.
 *
 * @throws `locked`; `corrupt` where it cannot be told what is needed; as the backend's `extendObjectLock`
 */
export async function extendObjectLock(options: ExtendObjectLockOptions): Promise<ExtendObjectLockReport | undefined> {
  const { repository, lockWaitMs = 0, onProgress } = options;
  const { backend } = repository;
  if (backend.extendObjectLock === undefined) return undefined;
  await using lock = await acquireLock(repository, { exclusive: false, waitMs: lockWaitMs, signal: options.signal });
  const { signal } = lock;
  const handles = await neededFiles(repository, signal);
  let done = 0;
  const extended = await mapBounded(handles, backend.connections, signal, async (handle) => {
    const wasExtended = await backend.extendObjectLock?.(handle, signal);
    onProgress?.({ done: ++done, total: handles.length });
    return wasExtended;
  });
  return { files: handles.length, extended: extended.filter((was) => was === true).length };
}

async function neededFiles(repository: Repository, signal: AbortSignal): Promise<Handle[]> {
  const snapshots = await listSnapshots(repository, { signal });
  const packsOfIndex = new Map<Id, Id[]>();
  const { blobs, duplicates } = await repository.loadIndex(signal, {
    onPack: (packId, indexId) => {
      const known = packsOfIndex.get(indexId);
      if (known === undefined) packsOfIndex.set(indexId, [packId]);
      else known.push(packId);
    },
  });
  const roots = snapshots.map(({ snapshot }) => snapshot.tree);
  const used = await findUsedBlobs(repository, roots, { signal });
  const packs = new Set<Id>();
  for (let entry = 0; entry < used.length; entry++) {
    if (used[entry] !== 1) continue;
    packs.add(blobs.packId(blobs.pack(entry)));
    for (const { packId } of duplicates.get(entry) ?? []) packs.add(packId);
  }
  const handles: Handle[] = [{ type: 'config', name: 'config' }];
  for await (const { name } of repository.listFiles('key', signal)) handles.push({ type: 'key', name });
  for (const { id } of snapshots) handles.push({ type: 'snapshot', name: id });
  for (const [name, named] of packsOfIndex) {
    if (named.some((packId) => packs.has(packId))) handles.push({ type: 'index', name });
  }
  for (const name of packs) handles.push({ type: 'data', name });
  return handles;
}
