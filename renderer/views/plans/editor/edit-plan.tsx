import { Alert, Button, Skeleton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Page } from '../../../components/page.tsx';
import { agentQuery, useAgentMutation } from '../../../data/agent-call.ts';
import { PlanActions } from '../plan-actions.tsx';
import type { PlanView } from '../plan-row.tsx';
import { BackToPlans } from './back-to-plans.tsx';
import { draftOf } from './draft.ts';
import { PlanForm } from './plan-form.tsx';

export function EditPlan({ id }: { readonly id: string }) {
  const { t } = useTranslation('plans');
  const { data: view, error } = useQuery(agentQuery('plans', 'get', { params: { id } }));
  if (view !== undefined) return <Editor view={view} />;
  return (
    <Page title={t('edit')} description={<BackToPlans />}>
      {error === null ? <Skeleton height={400} radius="lg" /> : <ErrorAlert error={error} />}
    </Page>
  );
}

/** Works on the plan as it was when the editor was opened; one that was changed meanwhile is not overwritten. */
function Editor({ view }: { readonly view: PlanView }) {
  const { t } = useTranslation('plans');
  const [base, setBase] = useState(view.plan);
  const update = useAgentMutation('plans', 'update', {
    onSuccess: (saved) => {
      setBase(saved);
      notifications.show({ message: t('saved'), color: 'tide' });
    },
  });
  const reload = () => {
    update.reset();
    setBase(view.plan);
  };
  return (
    <Page title={view.plan.name} description={<BackToPlans />} actions={<PlanActions view={view} />}>
      {view.plan.revision > base.revision && !update.isPending && (
        <Alert color="orange" title={t('changed.title')}>
          <Button size="xs" variant="light" onClick={reload}>
            {t('changed.reload')}
          </Button>
        </Alert>
      )}
      <PlanForm
        key={base.revision}
        initial={draftOf(base)}
        planId={base.id}
        saveLabel={t('save')}
        pending={update.isPending}
        error={update.error}
        onSave={(body) => update.mutate({ params: { id: base.id }, query: { revision: base.revision }, body })}
      />
    </Page>
  );
}
