import { Alert, Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { BackLink } from '../../../components/back-link.tsx';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Page } from '../../../components/page.tsx';
import { RunningJobs } from '../../../components/running-jobs.tsx';
import { agentQuery, useAgentMutation } from '../../../data/agent-call.ts';
import { PastJobs } from '../detail/past-jobs.tsx';
import { Trouble } from '../detail/trouble.tsx';
import { actionsOn } from '../remote-view.ts';
import { BackupActions } from './backup-actions.tsx';
import { BackupFacts } from './backup-facts.tsx';
import { BackupFiles } from './backup-files.tsx';

interface BackupPageProps {
  readonly remoteId: string;
  readonly backupId: string;
}

/** One backup there: what is known of it, and what can be done with it. */
export function BackupPage({ remoteId, backupId }: BackupPageProps) {
  const { t } = useTranslation('remotes');
  const params = { id: remoteId };
  const { data: view, error } = useQuery(agentQuery('remotes', 'get', { params }));
  const { data: known, error: knownError } = useQuery(agentQuery('remotes', 'backups', { params }));
  const ask = useAgentMutation('remotes', 'backup');
  const backup = known?.backups.find(({ id }) => id === backupId);
  const failure = error ?? knownError ?? ask.error;
  return (
    <Page
      title={backup?.name ?? backup?.source ?? backupId}
      description={<BackLink href={`/remotes/${remoteId}`}>{view?.remote.name ?? t('title')}</BackLink>}
      actions={
        <Button
          variant="default"
          leftSection={<RefreshCw size={16} aria-hidden />}
          loading={ask.isPending}
          onClick={() => ask.mutate({ params: { id: remoteId, backup: backupId } })}
        >
          {t('refresh')}
        </Button>
      }
    >
      {failure !== null && <ErrorAlert error={failure} />}
      {view !== undefined && <Trouble view={view} />}
      {(view === undefined || known === undefined) && failure === null && <Skeleton height={240} radius="lg" />}
      {known !== undefined && backup === undefined && <Alert color="orange">{t('backup.gone')}</Alert>}
      <RunningJobs concerns={(job) => job.remoteId === remoteId} />
      {view !== undefined && backup !== undefined && (
        <>
          <BackupFacts backup={backup} />
          {actionsOn(view, backup).files && <BackupFiles remoteId={remoteId} backup={backup} />}
          <BackupActions view={view} backup={backup} />
        </>
      )}
      <PastJobs remoteId={remoteId} />
    </Page>
  );
}
