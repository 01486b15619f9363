import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useAgentMutation } from '../../data/agent-call.ts';
import type { JobView } from '../../data/apply-jobs.ts';

/** Ends a job; what it has done so far stays. */
export function CancelJob({ job }: { readonly job: JobView }) {
  const { t } = useTranslation('jobs');
  const cancel = useAgentMutation('jobs', 'cancel');
  const cancelling = job.cancelling === true || cancel.isPending;
  return (
    <Button size="xs" variant="default" disabled={cancelling} onClick={() => cancel.mutate({ params: { id: job.id } })}>
      {cancelling ? t('cancel.cancelling') : t('cancel.action')}
    </Button>
  );
}
