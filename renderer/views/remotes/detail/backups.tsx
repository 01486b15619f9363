import { Group, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Lock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { ByteSize } from '../../../components/byte-size.tsx';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { RelativeTime } from '../../../components/relative-time.tsx';
import { Section } from '../../../components/section.tsx';
import { useIsNarrow } from '../../../components/use-is-narrow.ts';
import { type Column, VirtualTable } from '../../../components/virtual-table.tsx';
import { agentQuery } from '../../../data/agent-call.ts';
import { BackupBadge } from '../remote-badge.tsx';
import { backupPath, canDo, newestFirst, type RemoteBackup, type RemoteView } from '../remote-view.ts';
import classes from '../remotes.module.css';
import { CancelAll } from './cancel-all.tsx';
import { ImportBackup } from './import-backup.tsx';

/** What is there, as last known; it is looked at more often while it is shown. */
export function Backups({ view }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  const { id } = view.remote;
  const { data, error } = useQuery({
    ...agentQuery('remotes', 'backups', { params: { id } }),
    refetchOnMount: 'always',
  });
  const isPartial = view.capabilities?.listsAll === false;
  return (
    <Section title={t('backups.title')} {...(isPartial ? { description: t('backups.fromHere') } : {})}>
      {(canDo(view, 'cancelAll') || canDo(view, 'import')) && (
        <Group gap="sm">
          {canDo(view, 'import') && <ImportBackup view={view} />}
          {canDo(view, 'cancelAll') && <CancelAll view={view} />}
        </Group>
      )}
      {error !== null && <ErrorAlert error={error} />}
      {data === undefined && error === null && <Skeleton height={160} />}
      {data?.backups.length === 0 && <Text c="dimmed">{t('backups.none')}</Text>}
      {data !== undefined && data.backups.length > 0 && (
        <BackupTable remoteId={id} backups={newestFirst(data.backups)} />
      )}
    </Section>
  );
}

interface BackupTableProps {
  readonly remoteId: string;
  readonly backups: readonly RemoteBackup[];
}

function BackupTable({ remoteId, backups }: BackupTableProps) {
  const { t } = useTranslation('remotes');
  const isNarrow = useIsNarrow();
  const columns = useColumns();
  const [, goTo] = useLocation();
  return (
    <VirtualTable
      label={t('backups.title')}
      columns={isNarrow ? columns.filter(({ key }) => key === 'name' || key === 'state') : columns}
      count={backups.length}
      row={(index) => backups[index]}
      rowKey={(index) => backups[index]?.id ?? index}
      onOpen={({ id }) => goTo(backupPath(remoteId, id))}
      rowHeight={60}
      height={420}
    />
  );
}

function useColumns(): readonly Column<RemoteBackup>[] {
  const { t } = useTranslation('remotes');
  return [
    { key: 'name', title: t('column.name'), width: 'minmax(0, 2fr)', cell: (backup) => <NameCell backup={backup} /> },
    {
      key: 'state',
      title: t('column.state'),
      width: 'minmax(110px, 1fr)',
      cell: ({ state }) => <BackupBadge state={state} />,
    },
    {
      key: 'size',
      title: t('column.size'),
      width: '100px',
      align: 'end',
      cell: ({ sizeBytes }) => sizeBytes !== undefined && <ByteSize bytes={sizeBytes} />,
    },
  ];
}

function NameCell({ backup }: { readonly backup: RemoteBackup }) {
  const { t } = useTranslation('remotes');
  const { id, name, source, description, createdAt, locked } = backup;
  return (
    <span className={classes.two}>
      <Text component="span" fw={600} truncate>
        {locked === true && <Lock size={14} role="img" aria-label={t('backup.locked')} />} {name ?? source ?? id}
      </Text>
      <Text component="span" size="sm" c="dimmed" truncate>
        {createdAt !== undefined && <RelativeTime time={createdAt} />}
        {createdAt !== undefined && description !== undefined && description !== '' && ' · '}
        {description}
      </Text>
    </span>
  );
}
