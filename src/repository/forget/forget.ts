/**
 * Forgets snapshots, by a policy or by id. Their data stays until prune.
 *
 *   exclusive lock ──► snapshots ──► plan (which to keep and why, which to remove) ──► remove
 *
 * Nothing is removed where the policy is empty or would leave nothing of a group, or a snapshot cannot be read: a policy
 * that does not see all snapshots of a group may choose wrongly.
 */
import { type Clock, systemClock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import type { RepositoryLock } from '../locks.ts';
import { removeFiles } from '../prune/guarded-removal.ts';
import type { Repository } from '../repository.ts';
import {
  type GroupBy,
  groupSnapshots,
  listSnapshots,
  resolveSnapshot,
  type SnapshotFilter,
  type SnapshotGroup,
  type StoredSnapshot,
} from '../snapshots.ts';
import { applyPolicy, type ForgetPolicy, isEmptyPolicy, type PolicyResult } from './policy.ts';

export interface ForgetGroup extends PolicyResult {
  readonly key: SnapshotGroup['key'];
}

export interface ForgetPlan {
  /** Empty where snapshots were named by id. */
  readonly groups: readonly ForgetGroup[];
  readonly remove: readonly StoredSnapshot[];
}

export interface ForgetByPolicy {
  readonly policy: ForgetPolicy;
  readonly groupBy: GroupBy;
  readonly filter: SnapshotFilter;
  /** Lets a policy that keeps nothing through, where a filter says what of. */
  readonly allowRemoveAll: boolean;
}

interface PlanOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/**
 * @throws `invalid-input` for a policy that keeps nothing; `corrupt` for a snapshot that cannot be read
 */
export async function planForget(
  repository: Repository,
  { policy, groupBy, filter, allowRemoveAll }: ForgetByPolicy,
  { signal, clock = systemClock }: PlanOptions,
): Promise<ForgetPlan> {
  const empty = isEmptyPolicy(policy);
  if (empty) refuseEmpty(allowRemoveAll, filter);
  const snapshots = await listSnapshots(repository, { signal, filter });
  const now = clock.now();
  const groups = groupSnapshots(snapshots, groupBy).map((group) => {
    const result = applyPolicy(group.snapshots, policy, now);
    if (result.keep.length === 0 && !empty) throw wouldRemoveAll(group);
    return { key: group.key, ...result };
  });
  return { groups, remove: groups.flatMap(({ remove }) => remove) };
}

/** Snapshots as a user names them: ids, starts of ids, `latest`. */
export async function planForgetByName(
  repository: Repository,
  names: readonly string[],
  { signal, filter }: { readonly signal: AbortSignal; readonly filter: SnapshotFilter },
): Promise<ForgetPlan> {
  const found = new Map<Id, StoredSnapshot>();
  for (const name of names) {
    const { subfolder, ...stored } = await resolveSnapshot(repository, name, { signal, filter });
    if (subfolder !== '') {
      throw new HoldfastError('invalid-input', `"${name}" names a folder in a snapshot, which cannot be forgotten.`, {
        hint: 'Name the snapshot only.',
      });
    }
    found.set(stored.id, stored);
  }
  return { groups: [], remove: [...found.values()] };
}

/**
 * Removes what the plan says.
 *
 * @throws `locked` if the lock is lost; `append-only`; the backend's codes
 */
export async function executeForget(repository: Repository, plan: ForgetPlan, lock: RepositoryLock): Promise<void> {
  await removeFiles(
    'snapshot',
    plan.remove.map(({ id }) => id),
    { repository, lock, signal: lock.signal },
  );
}

function refuseEmpty(allowRemoveAll: boolean, { hosts = [], tags = [], paths = [] }: SnapshotFilter): void {
  if (!allowRemoveAll) {
    throw new HoldfastError('invalid-input', 'No policy was given: no snapshot is removed.', {
      hint: 'Say what to keep, for example --keep-daily 7 --keep-monthly 12, or name snapshots.',
    });
  }
  if (hosts.length + tags.length + paths.length === 0) {
    throw new HoldfastError('invalid-input', '--unsafe-allow-remove-all needs --host, --tag or --path.', {
      hint: 'Say which snapshots are meant.',
    });
  }
}

function wouldRemoveAll({ key, snapshots }: SnapshotGroup): HoldfastError {
  const what = [key.hostname, key.paths?.join(', '), key.tags?.join(', ')].filter((part) => part).join('; ');
  return new HoldfastError(
    'invalid-input',
    `The policy would remove all ${snapshots.length} snapshots of ${what === '' ? 'the repository' : what}: refused.`,
    { hint: 'Add --keep-last 1, or name the snapshots to remove.' },
  );
}
