/** Whether a snapshot is a copy of another: all alike but for parent, original and summary (restic cmd_copy.go). */
import type { StoredSnapshot } from '../snapshots.ts';

export function isSameSnapshot(a: StoredSnapshot, b: StoredSnapshot): boolean {
  const [one, other] = [a.snapshot, b.snapshot];
  return (
    a.timeNs === b.timeNs &&
    one.tree === other.tree &&
    (one.hostname ?? '') === (other.hostname ?? '') &&
    (one.username ?? '') === (other.username ?? '') &&
    (one.uid ?? 0) === (other.uid ?? 0) &&
    (one.gid ?? 0) === (other.gid ?? 0) &&
    sameMembers(one.paths, other.paths) &&
    sameMembers(one.tags ?? [], other.tags ?? []) &&
    (one.excludes ?? []).join('\0') === (other.excludes ?? []).join('\0')
  );
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && b.every((item) => a.includes(item));
}
