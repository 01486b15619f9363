/** What the dialect `stacks` answers: its sixteen fields of a backup, pages, files. */
import { createHash } from 'node:crypto';
import { restoreStates, verifyStates } from '../../../remote/dialects/stacks/wire.ts';
import { knownDatabase } from '../../backups/database-content.ts';
import type { BackupRecord } from '../../catalog/backups.ts';
import type { RestoreRecord } from '../../catalog/restores.ts';
import type { ScopeOf } from '../../config/scope.ts';

export type Stack = ScopeOf<'stacks'>;

export const perPage = 30;

export function backupAnswer(stack: Stack, backup: BackupRecord, restore: RestoreRecord | undefined) {
  const { number, state, content, verify } = backup;
  const engine = 'engine' in content ? content.engine : 'files';
  const database = 'database' in content ? content.database : stack.name;
  const server = serverUid(stack, content);
  const hasFailed = state === 'failed' || state === 'cancelled' || state === 'expired';
  const date = timeText(backup.createdAt);
  const base = fileBase(backup);
  const restoreState = restore === undefined ? 'not-restored' : restore.state === 'queued' ? 'running' : restore.state;
  return {
    id: number,
    server_uid: server,
    db_type: engine,
    database_name: database,
    file_base: base,
    backup_date_iso: date,
    backup_status: hasFailed ? 1 : 0,
    backup_result: hasFailed ? (backup.error ?? state) : '',
    restore_status: restoreStates.indexOf(restoreState === 'cancelled' ? 'failed' : restoreState),
    restore_result: restore?.error ?? null,
    created_at_iso: date,
    updated_at_iso: timeText(backup.updatedAt),
    verify_status: verifyStates.indexOf(verify?.state ?? 'not-verified'),
    verify_result: verify?.message ?? null,
    storage_path: `${stack.uid}/backups/${server}/${engine}/${base}/${date.replaceAll(/[-:T]/g, '.').replace('Z', '')}`,
    skip_tables: content.kind === 'database' ? content.excludedTables.join(',') : '',
    backup_size: backup.archive?.bytes ?? 0,
  };
}

/** What its files are called, without what tells them apart. */
export function fileBase({ content, task, number }: BackupRecord): string {
  const name = 'database' in content ? content.database : 'backup';
  return `${name.replaceAll(/[^A-Za-z0-9_-]+/g, '_')}_${task ?? number}`;
}

export function pageAnswer<T>(rows: readonly T[], page: number, count: number) {
  const pages = Math.max(1, Math.ceil(count / perPage));
  return {
    response: rows,
    count,
    pagination: {
      previous: page > 1 ? page - 1 : null,
      next: page < pages ? page + 1 : null,
      current: page,
      per_page: perPage,
      count,
      pages,
    },
  };
}

export interface BackupFile {
  readonly id: string;
  readonly name: string;
  /** For a link to it (downloads.ts). */
  readonly part: string;
}

/** None before it is done; several where the archive is larger than a segment. */
export function filesOf({ segmentBytes }: Stack, backup: BackupRecord): BackupFile[] {
  const { archive, state } = backup;
  if (state !== 'done' || archive === undefined) return [];
  const base = fileBase(backup);
  const count = Math.ceil(archive.bytes / segmentBytes);
  if (count <= 1) return [{ id: 'tar', name: `${base}.tar`, part: 'archive' }];
  return Array.from({ length: count }, (_, index) => {
    const id = `tar-${letters(index, count)}`;
    return { id, name: `${base}.${id}`, part: `segment-${index}` };
  });
}

/** aa, ab …, as `split` names pieces; more letters where two are too few. */
function letters(index: number, count: number): string {
  let width = 2;
  while (26 ** width < count) width++;
  let text = '';
  for (let left = index, at = 0; at < width; at++, left = Math.floor(left / 26)) {
    text = String.fromCharCode(97 + (left % 26)) + text;
  }
  return text;
}

/** Stable for each database server of a stack. */
function serverUid(stack: Stack, content: BackupRecord['content']): string {
  const known = 'engine' in content ? knownDatabase(stack, content) : undefined;
  const engine = 'engine' in content ? (content.server ?? content.engine) : 'files';
  const address =
    known === undefined
      ? engine
      : `${known.engine} ${known.config.socket ?? known.config.host} ${known.config.port ?? ''}`;
  return createHash('md5').update(`${stack.uid} ${address}`).digest('hex');
}

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
