import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useAgentMutation } from '../data/agent-call.ts';
import type { JobView } from '../data/apply-jobs.ts';

/** Ends a job; what it has done so far stays. */
export function CancelJob({ job }: { readonly job: JobView }) {
  const { t } = useTranslation();
  const cancel = useAgentMutation('jobs', 'cancel');
  const isCancelling = job.cancelling === true || cancel.isPending;
  return (
    <Button
      size="xs"
      variant="default"
      disabled={isCancelling}
      onClick={() => cancel.mutate({ params: { id: job.id } })}
    >
      {t(isCancelling ? 'action.cancelling' : 'action.cancel')}
    </Button>
  );
}
