/** Remotes and their backups, as the command line shows them. What a remote says is made harmless for the terminal. */
import type { RemoteBackupView, RemoteView } from './find-remote.ts';
import { countText, safeText, sizeText, tableText } from './format-text.ts';
import { isoText } from './plan-text.ts';

export function remoteTable(views: readonly RemoteView[]): string {
  const header = ['Remote', 'ID', 'Kind', 'Address', 'State', 'Backups', 'Last backup', 'Last answer', 'Next run'];
  return tableText(
    header,
    views.map(({ remote, state, counts, lastBackupAt, answeredAt, nextRunAt }) => [
      safeText(remote.name),
      remote.id,
      remote.dialect,
      safeText(remote.baseUrl),
      state,
      String(counts.backups),
      isoText(lastBackupAt),
      isoText(answeredAt),
      isoText(nextRunAt),
    ]),
    [5],
  );
}

/** Everything of one remote, a line each. */
export function remoteDetails(view: RemoteView): string {
  const { remote, state, credential, capabilities, counts, failure } = view;
  return lines(`${safeText(remote.name)}  (${remote.id})`, [
    ['State', state],
    ['Kind', remote.dialect],
    ['Address', remote.baseUrl],
    ['Scope', remote.scope],
    ['Credential', credential === 'none' ? 'missing' : credential],
    ['Backups', `${counts.backups}, ${counts.done} done, ${counts.running} under way, ${counts.failed} failed`],
    ['Last backup', isoText(view.lastBackupAt)],
    ['Last answer', isoText(view.answeredAt) || 'never'],
    ['Trouble', failure && `since ${isoText(failure.since)}: ${failure.message}`],
    ['Runs', view.triggerText],
    ['Next run', isoText(view.nextRunAt)],
    ['Waits', view.waitingFor],
    ['Copies into', remote.ingestInto],
    ['Asked', `every ${countText(remote.pollMinutes, 'minute')}`],
    ['Can', capabilities?.actions.join(', ')],
    ['Takes', capabilities?.createFields.join(', ')],
  ]);
}

export function backupTable(backups: readonly RemoteBackupView[]): string {
  const header = ['ID', 'Made', 'Name', 'State', 'Size', 'Files', ''];
  return tableText(
    header,
    backups.map((backup) => [
      safeText(backup.id),
      isoText(backup.createdAt),
      safeText(backup.name ?? backup.source ?? ''),
      backup.state,
      backup.sizeBytes === undefined ? '' : sizeText(backup.sizeBytes),
      backup.files === undefined ? '' : String(backup.files),
      remarksOf(backup),
    ]),
    [4, 5],
  );
}

/** Everything that the remote tells of a backup. */
export function backupDetails(backup: RemoteBackupView): string {
  const { checksum, restore, verify } = backup;
  const size = (bytes: number | undefined): string | undefined => (bytes === undefined ? undefined : sizeText(bytes));
  return lines(safeText(backup.id), [
    ['State', backup.state],
    ['Error', backup.error],
    ['Name', backup.name],
    ['Description', backup.description],
    ['Of', backup.source],
    ['Made', isoText(backup.createdAt)],
    ['Done', isoText(backup.completedAt)],
    ['Size', size(backup.sizeBytes)],
    ['Stored', size(backup.storedBytes)],
    ['Files', backup.files?.toString()],
    ['Versions', backup.versions?.toString()],
    ['Price', backup.price],
    ['Locked', backup.locked === undefined ? undefined : backup.locked ? 'yes' : 'no'],
    ['Checksum', checksum && `${checksum.algorithm} ${checksum.hex}`],
    ['Left out', backup.ignoredFiles?.join(', ')],
    ['Group', backup.group],
    ['Restore', restore && [restore.state, restore.target, restore.message].filter(Boolean).join(', ')],
    ['Verified', verify && [verify.state, verify.message].filter(Boolean).join(': ')],
  ]);
}

function remarksOf({ locked, error, restore, verify }: RemoteBackupView): string {
  return [
    ...(locked === true ? ['locked'] : []),
    ...(restore === undefined ? [] : [`restore ${restore.state}`]),
    ...(verify?.state === 'failed' ? ['verification failed'] : []),
    ...(error === undefined ? [] : [safeText(error)]),
  ].join(', ');
}

function lines(title: string, rows: readonly (readonly [string, string | undefined])[]): string {
  const told = rows.filter(([, value]) => value !== undefined && value !== '');
  return [title, ...told.map(([label, value]) => `${`${label}:`.padEnd(13)}${safeText(value ?? '')}`)].join('\n');
}
