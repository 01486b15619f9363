/**
 * Makes snapshots of damaged ones that lack only what is lost.
 *
 *   for each snapshot: its trees without what is in no index (tree-repair.ts)
 *   is what they lack in a pack that no index names? then the index is to be repaired first
 *   changed trees in packs, durable ──► index ──► new snapshots ──► with `forget`, the damaged ones removed
 *
 * A snapshot whose root is lost is removed with `forget`. One whose own file is damaged is removed with `forget` only if it
 * is named: nobody can tell what it holds, and what it needs may be there still.
 */
import { HoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import { IndexSaver } from '../index-saver.ts';
import type { RepositoryLock } from '../locks.ts';
import { removeFiles } from '../prune/guarded-removal.ts';
import type { Repository } from '../repository.ts';
import {
  listSnapshots,
  resolveSnapshot,
  type SnapshotFilter,
  type StoredSnapshot,
  saveSnapshot,
} from '../snapshots.ts';
import { BlobSaver } from './blob-saver.ts';
import { type TreeChange, TreeRepair } from './tree-repair.ts';
import { findUnindexedPacks, refuseIfHeld } from './unindexed-packs.ts';

export interface RepairSnapshotsOptions {
  readonly repository: Repository;
  /** Ids or starts of ids; all snapshots that match the filter if none is given. */
  readonly names: readonly string[];
  readonly filter: SnapshotFilter;
  /** Exclusive; a dry run may do without. */
  readonly lock: RepositoryLock | undefined;
  readonly dryRun: boolean;
  /** Remove the damaged snapshots. */
  readonly forget: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface RepairedSnapshot {
  readonly id: Id;
  /** What was lost. */
  readonly changes: readonly TreeChange[];
  /** `unreadable`: its own file or its root; there is nothing to make a new one of. */
  readonly outcome: 'repaired' | 'unreadable';
  /** Not set in a dry run. */
  readonly newId?: Id;
  /** Removed, or in a dry run: would be. */
  readonly removed: boolean;
}

export interface RepairSnapshotsReport {
  /** Only those that were damaged. */
  readonly snapshots: readonly RepairedSnapshot[];
  /** All that were looked at. */
  readonly examined: number;
}

/** The tag that restic gives as well, where the damaged snapshot stays beside the new one. */
const repairedTag = 'repaired';

/** @throws `corrupt` if the index is damaged, shows nothing, or leaves out what is there (repair it first); `locked`; the backend's codes */
export async function repairSnapshots(given: RepairSnapshotsOptions): Promise<RepairSnapshotsReport> {
  const options = { ...given, repository: given.repository.withoutCache() };
  const { repository, lock, dryRun, forget, signal } = options;
  await repository.loadIndex(signal);
  const { snapshots, unreadable } = await findSnapshots(options);
  if (repository.index.files.size === 0 && snapshots.length > 0) throw noIndex(snapshots.length);
  const unindexed = await findUnindexedPacks(repository, signal); // before there are new ones
  await using saver = new BlobSaver(repository, signal);
  const repair = new TreeRepair({
    repository,
    saveTree: dryRun ? undefined : (id, bytes) => saveNew(repository, saver, id, bytes),
    signal,
  });
  const broken: {
    readonly stored: StoredSnapshot;
    readonly tree: Id | undefined;
    readonly changes: readonly TreeChange[];
  }[] = [];
  for (const [number, stored] of snapshots.entries()) {
    const { id, changes } = await repair.repairRoot(stored.snapshot.tree);
    if (id !== stored.snapshot.tree) broken.push({ stored, tree: id, changes });
    options.onProgress?.(number + 1, snapshots.length);
  }
  await refuseIfHeld(repository, unindexed, repair.lost, signal);

  const writes = !dryRun && lock !== undefined;
  if (writes) {
    const index = new IndexSaver(repository, { commit: lock.commit });
    for (const { id, blobs } of await saver.finish()) index.addPack(id, blobs);
    await index.flush(signal);
  }
  const report: RepairedSnapshot[] = [];
  for (const { stored, tree, changes } of broken) {
    if (tree === undefined) {
      report.push({ id: stored.id, changes, outcome: 'unreadable', removed: forget });
      continue;
    }
    const found = { id: stored.id, changes, outcome: 'repaired' as const, removed: forget };
    if (!writes) report.push(found);
    else {
      const newId = await saveSnapshot(lock.commit, repairedCopy(stored, tree, forget), signal);
      report.push({ ...found, newId });
    }
  }
  for (const [id, error] of unreadable) {
    const changes = [{ path: '/', what: error.message }];
    report.push({ id, changes, outcome: 'unreadable', removed: forget && options.names.length > 0 });
  }
  if (writes && forget) {
    await removeFiles(
      'snapshot',
      report.filter(({ removed }) => removed).map(({ id }) => id),
      { repository, lock, signal },
    );
  }
  return { snapshots: report, examined: snapshots.length + unreadable.size };
}

async function findSnapshots({
  repository,
  names,
  filter,
  signal,
}: RepairSnapshotsOptions): Promise<{ snapshots: StoredSnapshot[]; unreadable: Map<Id, HoldfastError> }> {
  const unreadable = new Map<Id, HoldfastError>();
  const all = await listSnapshots(repository, { signal, onDamaged: (id, error) => unreadable.set(id, error) });
  if (names.length === 0) {
    const matching = await listSnapshots(repository, { signal, filter, onDamaged: () => undefined });
    return { snapshots: matching, unreadable };
  }
  const wanted = new Map<Id, StoredSnapshot>();
  const wantedUnreadable = new Map<Id, HoldfastError>();
  for (const name of names) {
    const damaged = [...unreadable.keys()].filter((id) => id.startsWith(name));
    const sound = all.filter(({ id }) => id.startsWith(name));
    if (damaged.length === 1 && sound.length === 0 && name.length > 0) {
      wantedUnreadable.set(damaged[0]!, unreadable.get(damaged[0]!)!);
      continue;
    }
    const stored = await resolveSnapshot(repository, name, { signal, filter, onDamaged: () => undefined });
    if (stored.subfolder !== '') {
      throw new HoldfastError('invalid-input', `"${name}" names a folder; only whole snapshots can be repaired.`, {
        hint: 'Name the snapshot only.',
      });
    }
    wanted.set(stored.id, stored);
  }
  return { snapshots: [...wanted.values()], unreadable: wantedUnreadable };
}

async function saveNew(repository: Repository, saver: BlobSaver, id: Id, bytes: Uint8Array): Promise<void> {
  if (!repository.index.has('tree', id)) await saver.save('tree', id, bytes);
}

function repairedCopy({ id, snapshot }: StoredSnapshot, tree: Id, forget: boolean): StoredSnapshot['snapshot'] {
  const tags = snapshot.tags ?? [];
  const added = forget || tags.includes(repairedTag) ? tags : [...tags, repairedTag];
  return { ...snapshot, tree, original: id, ...(added.length === 0 ? {} : { tags: added }) };
}

/** Without an index every snapshot would look lost. */
function noIndex(snapshots: number): HoldfastError {
  return new HoldfastError('corrupt', `The store shows ${snapshots} snapshots, but no index file.`, {
    hint: 'Nothing was changed. Make sure that the store is reachable and whole, and run repair index first.',
  });
}
