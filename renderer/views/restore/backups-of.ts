/** Snapshots as people look at them: backups, each once, however many repositories have it; by day. Pure. */
import type { CallAnswer } from '../../data/agent-call.ts';

export type SnapshotView = CallAnswer<'snapshots', 'list'>['snapshots'][number];
type VersionView = CallAnswer<'snapshots', 'versions'>['versions'][number];

/**
 * A copy of a snapshot has its time, machine and paths; the one of the first repository in the order that is given is kept.
 *
 * @param snapshots newest first
 */
export function backupsOf(snapshots: readonly SnapshotView[], repositories: readonly string[]): SnapshotView[] {
  const best = new Map<string, SnapshotView>();
  for (const snapshot of snapshots) {
    const key = JSON.stringify([snapshot.time, snapshot.hostname, snapshot.paths]);
    const known = best.get(key);
    if (known === undefined || rank(snapshot, repositories) < rank(known, repositories)) best.set(key, snapshot);
  }
  return [...best.values()];
}

/** The same version in another repository is left out. @param versions newest first */
export function versionsOf(versions: readonly VersionView[], repositories: readonly string[]): VersionView[] {
  const best = new Map<string, VersionView>();
  for (const version of versions) {
    const key = JSON.stringify([version.type, version.size, version.mtime]);
    const known = best.get(key);
    if (known === undefined || rank(version, repositories) < rank(known, repositories)) best.set(key, version);
  }
  return [...best.values()];
}

function rank({ repositoryId }: { readonly repositoryId: string }, repositories: readonly string[]): number {
  const at = repositories.indexOf(repositoryId);
  return at === -1 ? repositories.length : at;
}

/** Older and newer backups of the same things as that one. @param backups newest first */
export function neighboursOf(
  backups: readonly SnapshotView[],
  backup: SnapshotView,
): { readonly older: SnapshotView | undefined; readonly newer: SnapshotView | undefined } {
  const alike = backups.filter((one) => one.id === backup.id || isAlike(one, backup));
  const at = alike.findIndex(({ id }) => id === backup.id);
  return { older: alike[at + 1], newer: at > 0 ? alike[at - 1] : undefined };
}

/** Of the same folders of the same machine. */
export function isAlike(a: SnapshotView, b: SnapshotView): boolean {
  return (
    a.hostname === b.hostname && a.paths.length === b.paths.length && a.paths.every((path) => b.paths.includes(path))
  );
}

/** The day of a time where the user is: "2026-11-27". @param time ISO, or a Date */
export function dayOf(time: string | Date): string {
  const date = new Date(time);
  const digits = (value: number, width: number) => String(value).padStart(width, '0');
  return `${digits(date.getFullYear(), 4)}-${digits(date.getMonth() + 1, 2)}-${digits(date.getDate(), 2)}`;
}

/** How many backups each day has. */
export function backupsByDay(backups: readonly SnapshotView[]): ReadonlyMap<string, number> {
  const days = new Map<string, number>();
  for (const { time } of backups) days.set(dayOf(time), (days.get(dayOf(time)) ?? 0) + 1);
  return days;
}
