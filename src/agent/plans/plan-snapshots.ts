/**
 * Which snapshots belong to a plan: those of this host with the plan's tag. The tag outlives edits of the plan's name and
 * sources, and is seen by other programs; `restic forget --tag plan:…` means the same.
 */
import type { SnapshotFilter, StoredSnapshot } from '../../repository/mod.ts';

const prefix = 'plan:';

/** The tag on every snapshot of a plan. */
export function planTag(planId: string): string {
  return `${prefix}${planId}`;
}

/** The plan that made a snapshot, if one did. */
export function planIdOf({ snapshot }: Pick<StoredSnapshot, 'snapshot'>): string | undefined {
  return snapshot.tags?.find((tag) => tag.startsWith(prefix))?.slice(prefix.length);
}

export function planFilter(planId: string, hostname: string): SnapshotFilter {
  return { hosts: [hostname], tags: [[planTag(planId)]] };
}
