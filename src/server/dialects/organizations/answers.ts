/** What the dialect `organizations` shows of a backup, by the document of 2020 or that of 2018. */
import { type Serializer, sizeText } from '../../../remote/dialects/organizations/wire.ts';
import type { BackupRecord, BackupState } from '../../catalog/backups.ts';
import type { ScopeOf } from '../../config/scope.ts';

type Organization = ScopeOf<'organizations'>;

export interface ShownBackup {
  readonly organization: Organization;
  readonly backup: BackupRecord;
  /** File versions that the backups of the organization hold. */
  readonly versions: number;
  /** Whether the caller may change it. */
  readonly mayChange: boolean;
  /** To its archive; empty while there is none. */
  readonly filePath: () => string;
}

const statuses: Readonly<Record<BackupState, string>> = {
  queued: 'In Progress',
  running: 'In Progress',
  done: 'Completed',
  failed: 'Error',
  cancelled: 'Error',
  expired: 'Date Expired',
};

const gib = 1024 ** 3;

/** Exactly the fields of that serializer. */
export function backupAnswer(shown: ShownBackup, serializer: Serializer): Readonly<Record<string, unknown>> {
  const { organization, backup, versions, mayChange } = shown;
  const { id: sid, name, description, state } = backup;
  const created = { date_created: dateText(backup.createdAt), change_permission: mayChange };
  if (serializer === 'name') return { sid, name };
  const size = sizeText(backup.archive?.bytes ?? 0);
  if (organization.shape === '2018') return { sid, name, description, database_size: size, ...created };
  const counts = { status: statuses[state], versions, files: backup.files ?? 0 };
  if (serializer === 'list') return { sid, name, ...counts, file_size: size, ...created };
  return {
    sid,
    name,
    description,
    ...counts,
    price: priceText(organization, backup),
    file_size: size,
    file_path: state === 'done' ? shown.filePath() : '',
    ...created,
  };
}

/** What its stored bytes cost: those that it added to the repository. */
function priceText({ unitPrice }: Organization, { storedBytes = 0 }: BackupRecord): string {
  const { perGib, currency } = unitPrice ?? { perGib: 0, currency: '$' };
  return `${currency}${((storedBytes / gib) * perGib).toFixed(2)}`;
}

/** Six decimals, as Django writes times. */
function dateText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}
