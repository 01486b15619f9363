import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { BackLink } from '../../../components/back-link.tsx';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Page } from '../../../components/page.tsx';
import { RunningJobs } from '../../../components/running-jobs.tsx';
import { agentQuery, useAgentMutation } from '../../../data/agent-call.ts';
import type { RemoteView } from '../remote-view.ts';
import { Backups } from './backups.tsx';
import { Connection } from './connection.tsx';
import { CreateBackup } from './create-backup.tsx';
import { PastJobs } from './past-jobs.tsx';
import { RemoteFacts } from './remote-facts.tsx';
import { Remove } from './remove.tsx';
import { Trouble } from './trouble.tsx';

export function RemotePage({ id }: { readonly id: string }) {
  const { t } = useTranslation('remotes');
  const { data: view, error } = useQuery(agentQuery('remotes', 'get', { params: { id } }));
  const refresh = useAgentMutation('remotes', 'backups');
  const ask = () => refresh.mutate({ params: { id }, query: { refresh: true } });
  return (
    <Page
      title={view?.remote.name ?? t('title')}
      description={<BackLink href="/remotes">{t('back')}</BackLink>}
      actions={
        view !== undefined && (
          <>
            <Button
              variant="default"
              leftSection={<RefreshCw size={16} aria-hidden />}
              loading={refresh.isPending}
              onClick={ask}
            >
              {t('refresh')}
            </Button>
            <CreateBackup view={view} />
          </>
        )
      }
    >
      {error !== null && <ErrorAlert error={error} />}
      {view === undefined && error === null && <Skeleton height={320} radius="lg" />}
      {view !== undefined && <Everything view={view} />}
    </Page>
  );
}

function Everything({ view }: { readonly view: RemoteView }) {
  const { id } = view.remote;
  return (
    <>
      <Trouble view={view} />
      <RunningJobs concerns={({ remoteId }) => remoteId === id} />
      <Backups view={view} />
      <RemoteFacts view={view} />
      <PastJobs remoteId={id} />
      <Connection view={view} />
      <Remove view={view} />
    </>
  );
}
