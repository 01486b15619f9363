/**
 * The snapshots that a command line names: all that match the filter, or those that its words stand for, each once
 * (restic internal/data/snapshot_find.go, FindAll: filters decide only which one is "latest" when words are given).
 */
import { HoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import type { Repository } from '../repository.ts';
import { type ListSnapshotsOptions, listSnapshots, resolveSnapshot, type StoredSnapshot } from '../snapshots.ts';

/**
 * @param words ids, starts of ids, `latest`; none for all, oldest first
 * @throws `not-found`, `invalid-input` as resolveSnapshot does
 */
export async function selectSnapshots(
  repository: Repository,
  words: readonly string[],
  options: ListSnapshotsOptions,
): Promise<StoredSnapshot[]> {
  if (words.length === 0) return listSnapshots(repository, options);
  const found = new Map<Id, StoredSnapshot>();
  for (const word of words) {
    const { subfolder, ...stored } = await resolveSnapshot(repository, word, options);
    if (subfolder !== '') {
      throw new HoldfastError('invalid-input', `"${word}" names a folder, and whole snapshots are wanted here.`, {
        hint: 'Leave out the ":" and what follows.',
      });
    }
    found.set(stored.id, stored);
  }
  return [...found.values()];
}
