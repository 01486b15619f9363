import { Button } from '@mantine/core';
import { FolderOpen, RotateCcw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { CancelJob } from '../../components/cancel-job.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { useAgentMutation } from '../../data/agent-call.ts';
import type { JobView } from '../../data/apply-jobs.ts';
import { isActive } from './job-times.ts';

/** Cancel it, run it again, look at what it saved. */
export function JobActions({ job }: { readonly job: JobView }) {
  const { t } = useTranslation('jobs');
  const [, navigate] = useLocation();
  const retry = useAgentMutation('jobs', 'retry', {
    onSuccess: ({ id }) => navigate(`/jobs/${encodeURIComponent(id)}`),
  });
  if (isActive(job)) return <CancelJob job={job} />;
  const files = filesOf(job);
  return (
    <>
      {files !== undefined && (
        <Button variant="default" component={Link} href={files} leftSection={<FolderOpen size={16} aria-hidden />}>
          {t('job.files')}
        </Button>
      )}
      <Button
        variant={job.state === 'done' ? 'default' : 'filled'}
        loading={retry.isPending}
        leftSection={<RotateCcw size={16} aria-hidden />}
        onClick={() => retry.mutate({ params: { id: job.id } })}
      >
        {job.state === 'done' ? t('retry.again') : t('retry.action')}
      </Button>
      {retry.error !== null && <ErrorAlert error={retry.error} />}
    </>
  );
}

/** Where the backup that it made is looked through. */
function filesOf({ kind, planId, repositoryIds, result }: JobView): string | undefined {
  const snapshotId = result?.snapshotId;
  if ((kind !== 'backup' && kind !== 'ingest') || typeof snapshotId !== 'string') return undefined;
  const scope = planId ?? `repository/${encodeURIComponent(repositoryIds[0] ?? '')}`;
  return `/restore/${scope}?${new URLSearchParams({ at: snapshotId })}`;
}
