import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { PathText } from '../../../components/path-text.tsx';
import { Section } from '../../../components/section.tsx';
import { agentQuery } from '../../../data/agent-call.ts';
import { isBusy, type RemoteBackup } from '../remote-view.ts';
import classes from '../remotes.module.css';

interface BackupFilesProps {
  readonly remoteId: string;
  readonly backup: RemoteBackup;
}

/** What it consists of. */
export function BackupFiles({ remoteId, backup }: BackupFilesProps) {
  const { t } = useTranslation('remotes');
  const { data, error } = useQuery({
    ...agentQuery('remotes', 'files', { params: { id: remoteId, backup: backup.id } }),
    // Asked of the remote itself: once for each state, and not at each of its news.
    queryKey: ['remote-files', remoteId, backup.id, backup.state],
    enabled: !isBusy(backup),
  });
  if (isBusy(backup)) return null;
  return (
    <Section title={t('backup.files')}>
      {error !== null && <ErrorAlert error={error} />}
      {data === undefined && error === null && <Skeleton height={60} />}
      {data?.length === 0 && <Text c="dimmed">{t('backup.noFiles')}</Text>}
      {data !== undefined && data.length > 0 && (
        <ul className={classes.files}>
          {data.map(({ id, name }) => (
            <li key={id}>
              <PathText path={name} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
