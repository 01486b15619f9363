import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Page } from '../../../components/page.tsx';
import { agentQuery, useAgentMutation } from '../../../data/agent-call.ts';
import { BackToPlans } from './back-to-plans.tsx';
import { newDraft } from './draft.ts';
import { PlanForm } from './plan-form.tsx';

export function NewPlan() {
  const { t } = useTranslation('plans');
  const [, goTo] = useLocation();
  const { data: repositories, error } = useQuery(agentQuery('repositories', 'list'));
  const create = useAgentMutation('plans', 'create', { onSuccess: () => goTo('/plans') });
  const first = repositories?.[0]?.repository.id;
  return (
    <Page title={t('new')} description={<BackToPlans />}>
      {error !== null && <ErrorAlert error={error} />}
      {repositories === undefined ? (
        error === null && <Skeleton height={400} radius="lg" />
      ) : (
        <PlanForm
          initial={newDraft(t('newName'), first === undefined ? [] : [first])}
          saveLabel={t('create')}
          pending={create.isPending}
          error={create.error}
          onSave={(body) => create.mutate({ body })}
        />
      )}
    </Page>
  );
}
