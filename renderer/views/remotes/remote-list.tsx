import { Anchor, Button, Paper, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Plus, Server } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Page } from '../../components/page.tsx';
import { PathText } from '../../components/path-text.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { useFormat } from '../../components/use-format.ts';
import { agentQuery } from '../../data/agent-call.ts';
import { RemoteBadge } from './remote-badge.tsx';
import type { RemoteView } from './remote-view.ts';
import classes from './remotes.module.css';

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
      {error !== null && <ErrorAlert error={error} />}
      {remotes === undefined && error === null && <Skeleton height={120} radius="lg" />}
      {remotes?.length === 0 && (
        <Paper>
          <EmptyState icon={Server} title={t('empty.title')} action={add}>
            {t('empty.text')}
          </EmptyState>
        </Paper>
      )}
      {remotes !== undefined && remotes.length > 0 && (
        <Paper component="ul" className={classes.list} aria-label={t('title')}>
          {remotes.map((view) => (
            <RemoteRow key={view.remote.id} view={view} />
          ))}
        </Paper>
      )}
    </Page>
  );
}

function RemoteRow({ view }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  const format = useFormat();
  const { remote, counts, lastBackupAt } = view;
  return (
    <li className={classes.row}>
      <div className={classes.grow}>
        <Anchor component={Link} href={`/remotes/${remote.id}`} fw={600} c="inherit">
          {remote.name}
        </Anchor>
        <Text size="sm" c="dimmed">
          {t(`dialect.${remote.dialect}.title`)} · <PathText path={remote.baseUrl} />
        </Text>
      </div>
      <RemoteBadge view={view} />
      <div className={classes.grow}>
        <Text size="sm">{t('counts.backups', { count: counts.backups, backups: format.count(counts.backups) })}</Text>
        {lastBackupAt !== undefined && (
          <Text size="sm" c="dimmed">
            {t('lastBackup')}: <RelativeTime time={lastBackupAt} />
          </Text>
        )}
      </div>
      <LastNews view={view} />
    </li>
  );
}

/** When it last answered; since when it does not. */
function LastNews({ view: { answeredAt, failure } }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  return (
    <div className={classes.grow}>
      {failure !== undefined && (
        <Text size="sm">
          {t('failingSince')} <RelativeTime time={failure.since} />
        </Text>
      )}
      <Text size="sm" c="dimmed">
        {answeredAt === undefined ? (
          t('neverAnswered')
        ) : (
          <>
            {t('lastNews')}: <RelativeTime time={answeredAt} />
          </>
        )}
      </Text>
    </div>
  );
}
