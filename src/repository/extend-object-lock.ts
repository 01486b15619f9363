/**
 * Extends the store's object lock on what the snapshots need, before it runs out: whoever takes the access key cannot remove it then.
 *
 *   shared lock ──► snapshots ──► index ──► every tree: which packs hold what is needed
 *   ──► config, keys, snapshots, index files that name such packs, and those packs: each extended where less than half is left
 *
 * What nobody needs any more is left to run out, so that it can be pruned; where damage hides what is needed, nothing is left out. The store
 * is asked about each file once.
 */

import type { Handle } from '../backend/backend.ts';
import { mapBounded } from '../base/concurrency.ts';
import { HoldfastError, isHoldfastError } from '../base/errors.ts';
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
 * @throws `locked`; as the backend's `extendObjectLock`; `corrupt`, when it is done, where it could not be told what is needed, or files are
 *   missing
 */
export async function extendObjectLock(options: ExtendObjectLockOptions): Promise<ExtendObjectLockReport | undefined> {
  const { repository, lockWaitMs = 0, onProgress } = options;
  const { backend } = repository;
  if (backend.extendObjectLock === undefined) return undefined;
  await using lock = await acquireLock(repository, { exclusive: false, waitMs: lockWaitMs, signal: options.signal });
  const { signal } = lock;
  let damage: HoldfastError | undefined;
  const handles = await neededFiles(repository, signal).catch((error: unknown) => {
    if (!isHoldfastError(error, 'corrupt', 'not-found')) throw error;
    damage = error;
    return allFiles(repository, signal);
  });
  const report = { files: handles.length, extended: 0 };
  let done = 0;
  await mapBounded(handles, backend.connections, signal, async (handle) => {
    try {
      if (await backend.extendObjectLock?.(handle, signal)) report.extended += 1;
    } catch (error) {
      if (!isHoldfastError(error, 'not-found')) throw error;
      damage ??= new HoldfastError('corrupt', `${handle.type} file ${handle.name} is missing.`, { cause: error });
    }
    onProgress?.({ done: ++done, total: handles.length });
  });
  if (damage !== undefined) throw damage;
  return report;
}

async function allFiles(repository: Repository, signal: AbortSignal): Promise<Handle[]> {
  const handles: Handle[] = [{ type: 'config', name: 'config' }];
  for (const type of ['key', 'snapshot', 'index', 'data'] as const) {
    for await (const { name } of repository.listFiles(type, signal)) handles.push({ type, name });
  }
  return handles;
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
