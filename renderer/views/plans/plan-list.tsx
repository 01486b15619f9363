import { Button, Paper, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Archive, Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Page } from '../../components/page.tsx';
import { agentQuery } from '../../data/agent-call.ts';
import { PlanFilesMenu } from './plan-files-menu.tsx';
import { PlanRow } from './plan-row.tsx';
import classes from './plans.module.css';

/** All plans, how each stands, and what can be done with it. */
export function PlanList() {
  const { t } = useTranslation('plans');
  const { data: plans, error } = useQuery(agentQuery('plans', 'list'));
  const add = (
    <Button component={Link} href="/plans/new" leftSection={<Plus size={16} aria-hidden />}>
      {t('new')}
    </Button>
  );
  return (
    <Page
      title={t('title')}
      actions={
        <>
          <PlanFilesMenu hasPlans={(plans?.length ?? 0) > 0} />
          {(plans?.length ?? 0) > 0 && add}
        </>
      }
    >
      {error !== null && <ErrorAlert error={error} />}
      {plans === undefined && error === null && <Skeleton height={160} radius="lg" />}
      {plans?.length === 0 && (
        <Paper>
          <EmptyState icon={Archive} title={t('empty.title')} action={add}>
            {t('empty.text')}
          </EmptyState>
        </Paper>
      )}
      {plans !== undefined && plans.length > 0 && (
        <Paper component="ul" className={classes.list} aria-label={t('title')}>
          {plans.map((view) => (
            <PlanRow key={view.plan.id} view={view} />
          ))}
        </Paper>
      )}
    </Page>
  );
}
