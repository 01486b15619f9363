import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Plus, Server } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { EmptyState } from '../../components/empty-state.tsx';
import { Fact } from '../../components/facts.tsx';
import { Listing, ListingRow } from '../../components/listing.tsx';
import { Page } from '../../components/page.tsx';
import { PathText } from '../../components/path-text.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { useFormat } from '../../components/use-format.ts';
import { agentQuery } from '../../data/agent-call.ts';
import { RemoteBadge } from './remote-badge.tsx';
import type { RemoteView } from './remote-view.ts';

/** Servers that make and keep backups of their own. */
export function RemoteList() {
  const { t } = useTranslation('remotes');
  const { data: remotes, error } = useQuery(agentQuery('remotes', 'list'));
  const add = (
    <Button component={Link} href="/remotes/new" leftSection={<Plus size={16} aria-hidden />}>
      {t('add.title')}
    </Button>
  );
  return (
    <Page title={t('title')} actions={remotes !== undefined && remotes.length > 0 && add}>
      <Listing
        label={t('title')}
        items={remotes}
        error={error}
        empty={
          <EmptyState icon={Server} title={t('empty.title')} action={add}>
            {t('empty.text')}
          </EmptyState>
        }
        row={(view) => <RemoteRow key={view.remote.id} view={view} />}
      />
    </Page>
  );
}

function RemoteRow({ view }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  const format = useFormat();
  const { remote, counts, lastBackupAt } = view;
  return (
    <ListingRow
      href={`/remotes/${remote.id}`}
      name={remote.name}
      description={
        <Text size="sm" c="dimmed" truncate>
          {t(`dialect.${remote.dialect}.title`)} · <PathText path={remote.baseUrl} />
        </Text>
      }
      state={<RemoteBadge view={view} />}
      facts={
        <>
          <Fact label={t('lastBackup')}>
            {lastBackupAt === undefined ? t('noBackup') : <RelativeTime time={lastBackupAt} />}
            <Text size="sm" c="dimmed">
              {t('counts.backups', { count: counts.backups, backups: format.count(counts.backups) })}
            </Text>
          </Fact>
          <LastNews view={view} />
        </>
      }
    />
  );
}

/** When it last answered; since when it does not. */
function LastNews({ view: { answeredAt, failure } }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  if (failure !== undefined) {
    return (
      <Fact label={t('failingSince')}>
        <RelativeTime time={failure.since} />
      </Fact>
    );
  }
  return (
    <Fact label={t('lastNews')}>
      {answeredAt === undefined ? t('neverAnswered') : <RelativeTime time={answeredAt} />}
    </Fact>
  );
}
