import { Button, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ShieldPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Page } from '../../components/page.tsx';
import { agentQuery } from '../../data/agent-call.ts';
import { Attention } from './attention.tsx';
import { Notices } from './notices.tsx';
import { OtherJobs } from './other-jobs.tsx';
import { PauseMenu } from './pause-menu.tsx';
import { PlanCards } from './plan-cards.tsx';
import { Summary } from './summary.tsx';
import { needAttention, type StatusView } from './summary-of.ts';

/** Is everything safe? */
export function View() {
  const { t } = useTranslation('home');
  const { data: status, error } = useQuery(agentQuery('agent', 'status'));
  if (status === undefined) {
    return <Page title={t('title')}>{error === null ? <HomeSkeleton /> : <ErrorAlert error={error} />}</Page>;
  }
  return (
    <Page title={t('title')} actions={status.plans.length > 0 && <PauseMenu plans={status.plans} />}>
      {status.plans.length === 0 ? <NothingYet /> : <Everything status={status} />}
    </Page>
  );
}

function Everything({ status }: { readonly status: StatusView }) {
  const pressing = needAttention(status.plans);
  const shown = new Set(pressing.map(({ plan }) => plan.id));
  return (
    <>
      <Summary plans={status.plans} />
      <Attention plans={pressing} />
      <Notices notices={status.notices.filter(({ planId }) => planId === undefined || !shown.has(planId))} />
      <PlanCards plans={status.plans} />
      <OtherJobs status={status} />
    </>
  );
}

function NothingYet() {
  const { t } = useTranslation('home');
  return (
    <EmptyState
      icon={ShieldPlus}
      title={t('nothing.title')}
      action={
        <Button component={Link} href="/start" size="md" mt="sm">
          {t('nothing.start')}
        </Button>
      }
    >
      {t('nothing.text')}
    </EmptyState>
  );
}

function HomeSkeleton() {
  return (
    <Stack>
      <Skeleton height={104} radius="lg" />
      <Skeleton height={180} radius="lg" />
    </Stack>
  );
}
