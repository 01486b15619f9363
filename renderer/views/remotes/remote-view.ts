/** Remotes and their backups as the agent shows them, and what can be asked of them. Pure. */
import type { CallAnswer } from '../../data/agent-call.ts';

export type RemoteView = CallAnswer<'remotes', 'get'>;
export type RemoteBackup = CallAnswer<'remotes', 'backups'>['backups'][number];
export type Capabilities = NonNullable<RemoteView['capabilities']>;

/** Of `remoteActions` (src/remote/remote.ts). */
type RemoteAction =
  | 'cancel'
  | 'cancelAll'
  | 'rename'
  | 'describe'
  | 'lock'
  | 'delete'
  | 'destroyRepository'
  | 'restore'
  | 'download'
  | 'import'
  | 'files';

/** False also while it is not known, for want of the credential. */
export function canDo({ capabilities }: RemoteView, action: RemoteAction): boolean {
  return capabilities?.actions.includes(action) === true;
}

/** Something goes on with it. */
export function isBusy({ state }: RemoteBackup): boolean {
  return state === 'queued' || state === 'running';
}

/** What can be asked of a backup as it is: what needs a whole one only of one that is done, no change of one that may not be. */
export function actionsOn(view: RemoteView, backup: RemoteBackup) {
  const isDone = backup.state === 'done';
  const mayChange = backup.changeable !== false;
  return {
    cancel: isBusy(backup) && canDo(view, 'cancel'),
    restore: isDone && canDo(view, 'restore'),
    // A copy into a repository is a download first.
    download: isDone && canDo(view, 'download'),
    rename: mayChange && canDo(view, 'rename'),
    describe: mayChange && canDo(view, 'describe'),
    lock: mayChange && canDo(view, 'lock'),
    delete: mayChange && canDo(view, 'delete') && !isBusy(backup),
    files: canDo(view, 'files'),
  };
}

/** Newest first; those without a time stay where the remote has them, at the end. */
export function newestFirst(backups: readonly RemoteBackup[]): RemoteBackup[] {
  return backups.toSorted((one, other) => timeOf(other) - timeOf(one));
}

function timeOf({ createdAt }: RemoteBackup): number {
  return createdAt === undefined ? 0 : Date.parse(createdAt);
}

export function backupPath(remoteId: string, backupId: string): string {
  return `/remotes/${remoteId}/backups/${encodeURIComponent(backupId)}`;
}
