import { Alert, Anchor, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Fact, Facts as FactList } from '../../../components/facts.tsx';
import { Page } from '../../../components/page.tsx';
import { PathText } from '../../../components/path-text.tsx';
import { RelativeTime } from '../../../components/relative-time.tsx';
import { RunningJobs } from '../../../components/running-jobs.tsx';
import { Section } from '../../../components/section.tsx';
import { agentQuery } from '../../../data/agent-call.ts';
import { useSentence } from '../../../i18n/use-sentence.ts';
import { BackToRepositories } from '../back-to-repositories.tsx';
import { LastCheck } from '../last-check.tsx';
import type { RepositoryView } from '../repository-list.tsx';
import { usePlanNames } from '../use-plan-names.ts';
import { Access } from './access.tsx';
import { Care } from './care.tsx';
import { Growth } from './growth.tsx';
import { Remove } from './remove.tsx';
import { Upkeep } from './upkeep.tsx';

export function RepositoryDetail({ id }: { readonly id: string }) {
  const { t } = useTranslation('repositories');
  const { data, error } = useQuery(agentQuery('repositories', 'list'));
  const view = data?.find(({ repository }) => repository.id === id);
  return (
    <Page title={view?.repository.name ?? t('title')} description={<BackToRepositories />}>
      {error !== null && <ErrorAlert error={error} />}
      {data === undefined && error === null && <Skeleton height={320} radius="lg" />}
      {data !== undefined && view === undefined && <Alert color="orange">{t('gone')}</Alert>}
      {view !== undefined && <Everything view={view} />}
    </Page>
  );
}

function Everything({ view }: { readonly view: RepositoryView }) {
  const sentence = useSentence();
  const { warnings, repository } = view;
  return (
    <>
      {warnings.map((warning) => (
        <Alert key={warning} color="orange" icon={<TriangleAlert aria-hidden />}>
          {sentence(warning)}
        </Alert>
      ))}
      <RunningJobs concerns={({ repositoryIds }) => repositoryIds.includes(repository.id)} />
      <Facts view={view} />
      <Growth repositoryId={repository.id} />
      <Care view={view} />
      <Upkeep key={JSON.stringify(repository.upkeep)} view={view} />
      <Access view={view} />
      <Remove view={view} />
    </>
  );
}

function Facts({ view }: { readonly view: RepositoryView }) {
  const { t } = useTranslation('repositories');
  const { repository, planIds, password, credentials, lastPruneAt } = view;
  const plans = usePlanNames(planIds);
  return (
    <Section title={t('facts.title')}>
      <FactList>
        <Fact label={t('facts.place')}>
          <PathText path={repository.location} />
        </Fact>
        <Fact label={t('facts.plans')}>
          {planIds.length === 0 ? (
            t('fact.noPlans')
          ) : (
            <Anchor component={Link} href="/plans">
              {plans}
            </Anchor>
          )}
        </Fact>
        <Fact label={t('facts.password')}>{t(`password.${password}`)}</Fact>
        {credentials.length > 0 && (
          <Fact label={t('facts.credentials')}>{t('facts.kept', { count: credentials.length })}</Fact>
        )}
        <Fact label={t('facts.deletes')}>{t(repository.appendOnly ? 'facts.appendOnly' : 'facts.full')}</Fact>
        <Fact label={t('facts.lastCheck')}>
          <LastCheck view={view} />
        </Fact>
        <Fact label={t('facts.lastPrune')}>
          {lastPruneAt === undefined ? t('facts.notYet') : <RelativeTime time={lastPruneAt} />}
        </Fact>
      </FactList>
    </Section>
  );
}
