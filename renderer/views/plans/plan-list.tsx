import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Archive, Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { EmptyState } from '../../components/empty-state.tsx';
import { Listing } from '../../components/listing.tsx';
import { Page } from '../../components/page.tsx';
import { agentQuery } from '../../data/agent-call.ts';
import { PlanFilesMenu } from './plan-files-menu.tsx';
import { PlanRow } from './plan-row.tsx';

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
      <Listing
        label={t('title')}
        items={plans}
        error={error}
        empty={
          <EmptyState icon={Archive} title={t('empty.title')} action={add}>
            {t('empty.text')}
          </EmptyState>
        }
        row={(view) => <PlanRow key={view.plan.id} view={view} />}
      />
    </Page>
  );
}
