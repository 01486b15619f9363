/** What differs between two looks at a remote. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { RemoteBackup, RemoteState } from '../../remote/remote.ts';

export interface RemoteNews {
  readonly change: 'new' | 'changed' | 'gone';
  /** As it is now; one that is gone, as it was. */
  readonly backup: RemoteBackup;
  /** The state before, where it is another one. */
  readonly before?: RemoteState;
}

/** In the order of `now`; what is gone comes last. */
export function newsBetween(before: readonly RemoteBackup[], now: readonly RemoteBackup[]): RemoteNews[] {
  const known = new Map(before.map((backup) => [backup.id, backup]));
  const ids = new Set(now.map(({ id }) => id));
  return [
    ...now.flatMap((backup) => newsOf(known.get(backup.id), backup)),
    ...before.filter(({ id }) => !ids.has(id)).map((backup) => ({ change: 'gone', backup }) as const),
  ];
}

/** It is over there, and was not at the look before. */
export function becameDone({ change, backup, before }: RemoteNews): boolean {
  return backup.state === 'done' && (change === 'new' || (change === 'changed' && before !== undefined));
}

/** Something goes on with it: it is made, restored or verified. */
export function isBusy({ state, restore, verify }: RemoteBackup): boolean {
  return isUnderway(state) || (restore !== undefined && isUnderway(restore.state)) || verify?.state === 'verifying';
}

function newsOf(before: RemoteBackup | undefined, backup: RemoteBackup): RemoteNews[] {
  if (before === undefined) return [{ change: 'new', backup }];
  if (isDeepStrictEqual(before, backup)) return [];
  return [{ change: 'changed', backup, ...(before.state === backup.state ? {} : { before: before.state }) }];
}

function isUnderway(state: string): boolean {
  return state === 'queued' || state === 'running';
}
