/**
 * One backup, from sources to snapshot.
 *
 *   check that the sources are there (a source that is missing or suddenly empty stops the run: nothing is written)
 *   write the lock; while it settles, load the index and find the parent snapshot
 *   read what comes as streams (streamed/), which workers store
 *   walk everything, or what changed (tree-walk.ts); workers read and store files (worker/), every 6 s an index file names the packs so far
 *   flush packs → write the rest of the index → verify the lock → write the snapshot
 *
 * The order is what makes a kill at any instant harmless. On cancel or failure finished packs are indexed, so that the
 * next run finds them, and the lock is released.
 */
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { systemClock } from '../base/clock.ts';
import { isHoldfastError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import { listSnapshots, loadSnapshot, type StoredSnapshot, saveSnapshot, startLock } from '../repository/mod.ts';
import type { BackupOptions } from './backup-options.ts';
import { IndexKeeper } from './index-keeper.ts';
import type { BackupSummary } from './report.ts';
import { saveTree } from './save-tree.ts';
import { snapshotRecord } from './snapshot-record.ts';
import { checkStillFull } from './source-check.ts';
import { planTargets } from './targets.ts';
import { isUnchanged } from './unchanged.ts';

/**
 * Runs a backup. Files that cannot be read are reported in the summary, not thrown.
 *
 * @throws `source-missing`, `locked`, `no-space` and the backend's codes; `signal.reason` when cancelled
 */
export async function runBackup(options: BackupOptions): Promise<BackupSummary> {
  const { repository, dryRun = false, clock = systemClock, lockWaitMs = 0 } = options;
  const startedAt = clock.now();
  const plan = planTargets(options.targets, options.cwd, options.streamed?.paths);
  await using lock = dryRun
    ? undefined
    : await startLock(repository, { exclusive: false, waitMs: lockWaitMs, signal: options.signal, clock });
  // One that may wait while it settles would wait for a prune, and what was loaded before that is no longer true.
  if (lockWaitMs > 0) await lock?.settled();
  const signal = lock?.signal ?? options.signal;
  const [, last] = await Promise.all([repository.loadIndex(signal), findParent(options, plan.paths)]);
  if (last !== undefined && options.allowEmpty !== true) {
    await checkStillFull({ repository, plan, root: last.snapshot.tree, signal });
  }
  const parent = options.parent === 'none' ? undefined : last;
  const changes = parent !== undefined && isSince(options, plan.paths, parent) ? options.changes : undefined;

  const index = new IndexKeeper({ repository, lock, signal, clock });
  try {
    const saved = await saveTree({
      ...options,
      time: options.time ?? startedAt,
      signal: index.signal,
      plan,
      lastTree: last?.snapshot.tree,
      parentSnapshot: parent,
      changes,
      onPack: index.addPack,
    });
    await index.finish();
    const summary = {
      ...saved,
      parentId: parent?.id,
      dataAddedPacked: index.packedBytes,
      startedAt,
      endedAt: clock.now(),
    };
    if (lock === undefined) return { ...summary, snapshotId: undefined };
    if (options.skipIfUnchanged === true && parent !== undefined) {
      const trees = { before: parent.snapshot.tree, after: saved.tree };
      if (await isUnchanged({ repository, plan, ...trees, signal })) return { ...summary, snapshotId: undefined };
    }
    const snapshotId = await saveSnapshot(lock.commit, snapshotRecord(options, plan.paths, summary), signal);
    return { ...summary, snapshotId, endedAt: clock.now() };
  } catch (error) {
    await index.salvage();
    throw error;
  }
}

/** The snapshot that was asked for, else the one that the changes are since, else the last one of this host and these paths. */
async function findParent(options: BackupOptions, paths: readonly ByteString[]): Promise<StoredSnapshot | undefined> {
  const { repository, parent, changes, signal, identity } = options;
  if (parent !== undefined && parent !== 'none') return loadSnapshot(repository, parent, signal);
  if (changes !== undefined && parent === undefined) {
    const since = await loadIfThere(repository, changes.since, signal);
    if (since !== undefined && isSince(options, paths, since)) return since;
  }
  const wanted = paths.map(toUtf8);
  const notAfterNs = BigInt((options.time ?? new Date()).getTime()) * 1_000_000n;
  const filter = { hosts: [identity.hostname], paths: wanted, notAfterNs };
  const candidates = await listSnapshots(repository, { signal, filter, onDamaged: () => undefined });
  return candidates.findLast(({ snapshot }) => snapshot.paths.length === wanted.length);
}

async function loadIfThere(
  repository: BackupOptions['repository'],
  id: Id,
  signal: AbortSignal,
): Promise<StoredSnapshot | undefined> {
  try {
    return await loadSnapshot(repository, id, signal);
  } catch (error) {
    if (isHoldfastError(error, 'not-found', 'corrupt')) return undefined;
    throw error;
  }
}

/** Whether the changes are since this snapshot, and it is one of the same sources and rules. */
function isSince(options: BackupOptions, paths: readonly ByteString[], { id, snapshot }: StoredSnapshot): boolean {
  if (options.changes?.since !== id || options.parent !== undefined) return false;
  return isSame(snapshot.paths, paths.map(toUtf8)) && isSame(snapshot.excludes ?? [], options.excludes ?? []);
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((text, index) => text === others[index]);
}
