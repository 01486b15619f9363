import { Anchor, Badge, Button, Paper, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { HardDrive, Plus, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Page } from '../../components/page.tsx';
import { PathText } from '../../components/path-text.tsx';
import { agentQuery, type CallAnswer } from '../../data/agent-call.ts';
import { useSentence } from '../../i18n/sentences/use-sentence.ts';
import { LastCheck } from './last-check.tsx';
import classes from './repositories.module.css';
import { usePlanNames } from './use-plan-names.ts';

export type RepositoryView = CallAnswer<'repositories', 'list'>[number];

/** Where backups are kept. */
export function RepositoryList() {
  const { t } = useTranslation('repositories');
  const { data: repositories, error } = useQuery(agentQuery('repositories', 'list'));
  const add = (
    <Button component={Link} href="/repositories/new" leftSection={<Plus size={16} aria-hidden />}>
      {t('add.title')}
    </Button>
  );
  return (
    <Page title={t('title')} actions={repositories !== undefined && repositories.length > 0 && add}>
      {error !== null && <ErrorAlert error={error} />}
      {repositories === undefined && error === null && <Skeleton height={120} radius="lg" />}
      {repositories?.length === 0 && (
        <Paper>
          <EmptyState icon={HardDrive} title={t('empty.title')} action={add}>
            {t('empty.text')}
          </EmptyState>
        </Paper>
      )}
      {repositories !== undefined && repositories.length > 0 && (
        <Paper component="ul" className={classes.list} aria-label={t('title')}>
          {repositories.map((view) => (
            <RepositoryRow key={view.repository.id} view={view} />
          ))}
        </Paper>
      )}
    </Page>
  );
}

function RepositoryRow({ view }: { readonly view: RepositoryView }) {
  const { t } = useTranslation('repositories');
  const { repository, planIds, warnings, password } = view;
  const names = usePlanNames(planIds);
  const sentence = useSentence();
  return (
    <li className={classes.row}>
      <div className={classes.grow}>
        <Anchor component={Link} href={`/repositories/${repository.id}`} fw={600} c="inherit">
          {repository.name}
        </Anchor>
        <Text size="sm" c="dimmed">
          <PathText path={repository.location} />
        </Text>
        {warnings.map((warning) => (
          <Text key={warning} size="sm" className={classes.warning}>
            <TriangleAlert size={14} aria-hidden /> {sentence(warning)}
          </Text>
        ))}
      </div>
      <div className={classes.badges}>
        {repository.appendOnly && (
          <Badge variant="light" tt="none" color="gray">
            {t('appendOnly')}
          </Badge>
        )}
        {password === 'none' && (
          <Badge variant="light" tt="none" color="red">
            {t('noPassword')}
          </Badge>
        )}
      </div>
      <Text size="sm" className={classes.fact}>
        {planIds.length === 0 ? t('fact.noPlans') : names}
      </Text>
      <Text size="sm" className={classes.fact}>
        <LastCheck view={view} />
      </Text>
    </li>
  );
}
