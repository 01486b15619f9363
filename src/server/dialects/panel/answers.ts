/** What the dialect `panel` answers: backups, pages, errors as Pterodactyl's. */
import { knownArchive } from '../../backups/archive.ts';
import type { BackupRecord } from '../../catalog/backups.ts';

export function backupAnswer(backup: BackupRecord) {
  const { id, state, locked, name, content, archive, createdAt, completedAt } = backup;
  const known = knownArchive(backup);
  const isOver = state !== 'queued' && state !== 'running';
  return {
    object: 'backup',
    attributes: {
      uuid: id,
      is_successful: state === 'done',
      is_locked: locked,
      name,
      ignored_files: content.kind === 'folders' ? content.ignored : [],
      // Unknown from an update of what makes the archive until somebody asks for a link.
      checksum: state === 'done' && known !== undefined ? `sha1:${known.sha1}` : null,
      bytes: archive?.bytes ?? 0,
      created_at: timeText(createdAt),
      completed_at: isOver ? timeText(completedAt ?? createdAt) : null,
    },
  };
}

export interface PanelPage {
  /** From 1. */
  readonly number: number;
  readonly size: number;
}

export function listAnswer(options: {
  readonly rows: readonly BackupRecord[];
  readonly total: number;
  /** Backups that are not failed. */
  readonly good: number;
  readonly page: PanelPage;
  /** The size was asked for: links ask for it again. */
  readonly sizeAsked: boolean;
  /** The list's own address. */
  readonly here: string;
}) {
  const { rows, total, good, page, sizeAsked, here } = options;
  const pages = Math.max(1, Math.ceil(total / page.size));
  const link = (number: number) => `${here}?${sizeAsked ? `per_page=${page.size}&` : ''}page=${number}`;
  return {
    object: 'list',
    data: rows.map(backupAnswer),
    meta: {
      pagination: {
        total,
        count: rows.length,
        per_page: page.size,
        current_page: page.number,
        total_pages: pages,
        links: {
          ...(page.number > 1 ? { previous: link(page.number - 1) } : {}),
          ...(page.number < pages ? { next: link(page.number + 1) } : {}),
        },
      },
      backup_count: good,
    },
  };
}

export interface PanelError {
  readonly code: string;
  readonly status: string;
  readonly detail: string;
  readonly meta?: { readonly source_field: string; readonly rule: string };
}

export function errorAnswers(errors: readonly PanelError[]): { readonly errors: readonly PanelError[] } {
  return { errors };
}

/** Whole seconds, as the document writes them. */
function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
