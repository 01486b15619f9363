/** A backup of `stacks`, as the agent knows backups. */
import type { RemoteBackup, RemoteState } from '../../remote.ts';
import { restoreStates, verifyStates, type WireBackup } from './wire.ts';

export function isFailed({ backup_status: status }: WireBackup): boolean {
  return typeof status === 'number' && status !== 0;
}

/** @param hasFiles undefined where nobody asked: then only a size tells that it is done */
export function toBackup(wire: WireBackup, hasFiles: boolean | undefined): RemoteBackup {
  const { db_type: type, database_name: database, backup_size: size, backup_result: result } = wire;
  const created = isoTime(wire.created_at_iso ?? wire.backup_date_iso);
  const state = stateOf(wire, hasFiles);
  const restore = restoreStates[wire.restore_status ?? -1];
  const verify = verifyStates[wire.verify_status ?? -1];
  const source = [type, database].filter(Boolean).join(' ');
  return {
    id: String(wire.id),
    state,
    ...(source === '' ? {} : { source, name: source }),
    ...(state === 'failed' && result ? { error: result } : {}),
    ...(created === undefined ? {} : { createdAt: created }),
    // An unfinished one shows 0.
    ...(typeof size === 'number' && size > 0 ? { sizeBytes: size } : {}),
    ...(typeof wire.group_id === 'number' ? { group: String(wire.group_id) } : {}),
    ...(restore === undefined || restore === 'not-restored'
      ? {}
      : { restore: { state: restore, ...messageOf(wire.restore_result) } }),
    ...(verify === undefined ? {} : { verify: { state: verify, ...messageOf(wire.verify_result) } }),
  };
}

function stateOf(wire: WireBackup, hasFiles: boolean | undefined): RemoteState {
  if (isFailed(wire)) return 'failed';
  if (hasFiles !== undefined) return hasFiles ? 'done' : 'running';
  return typeof wire.backup_size === 'number' && wire.backup_size > 0 ? 'done' : 'unknown';
}

function messageOf(text: string | null | undefined): { readonly message?: string } {
  return text ? { message: text } : {};
}

function isoTime(text: string | null | undefined): string | undefined {
  return text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : undefined;
}
