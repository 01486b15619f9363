/** What the dialect `fa` answers. */
import type { JobProgress } from '../../../jobs/job.ts';
import { codes } from '../../../remote/dialects/fa/wire.ts';
import type { BackupRecord, BackupState } from '../../catalog/backups.ts';
import type { RestoreRecord } from '../../catalog/restores.ts';
import type { ScopeOf } from '../../config/scope.ts';

export type Owner = ScopeOf<'fa'>;

export function success<T>(data?: T) {
  return { code: codes.success, message: 'success', ...(data === undefined ? {} : { data }) };
}

/** There is no such record: no error to this API, but an answer. */
export function unknown(what: 'backup' | 'restore', id: number) {
  return { code: codes.unknown, message: `err when load ${what} [ ${id} ]: no such record`, data: null };
}

/** @param progress what its job has done so far; sizes are counted up from 0 */
export function backupAnswer(owner: Owner, backup: BackupRecord, progress: JobProgress | undefined) {
  const { clientId, content, state, totalBytes, storedBytes, error } = backup;
  return {
    id: clientId,
    path: content.kind === 'folders' ? content.paths[0] : owner.folders[0],
    status: stateText(owner, state),
    stat: { total_size: totalBytes ?? progress?.bytesDone ?? 0, pack_size: storedBytes ?? 0 },
    // A backup that is done has one if some of its files could not be read.
    extra: state === 'cancelled' ? '' : (error ?? ''),
  };
}

export function restoreAnswer(owner: Owner, restore: RestoreRecord, progress: JobProgress | undefined) {
  const { clientId, clientBackupId, target, state, totalBytes, error } = restore;
  return {
    restore_id: clientId,
    backup_id: clientBackupId,
    dst_path: target,
    status: stateText(owner, state),
    stat: { total_size: totalBytes ?? progress?.bytesDone ?? 0, pack_size: 0 },
    extra: state === 'cancelled' ? '' : (error ?? ''),
  };
}

function stateText({ doneWord }: Owner, state: BackupState): string {
  const words = { queued: 'pending', running: 'running', failed: 'failed', cancelled: 'cancel', expired: 'failed' };
  return state === 'done' ? doneWord : words[state];
}
