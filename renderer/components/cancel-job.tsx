import { Button } from '@mantine/core';
import { useAgentMutation } from '../data/agent-call.ts';
import type { JobView } from '../data/apply-jobs.ts';

interface CancelJobProps {
  readonly job: JobView;
  readonly label: string;
  /** While it ends. */
  readonly cancelling: string;
}

/** Ends a job; what it has done so far stays. */
export function CancelJob({ job, label, cancelling }: CancelJobProps) {
  const cancel = useAgentMutation('jobs', 'cancel');
  const isCancelling = job.cancelling === true || cancel.isPending;
  return (
    <Button
      size="xs"
      variant="default"
      disabled={isCancelling}
      onClick={() => cancel.mutate({ params: { id: job.id } })}
    >
      {isCancelling ? cancelling : label}
    </Button>
  );
}
