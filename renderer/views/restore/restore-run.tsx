import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { JobProgress } from '../../components/job-progress.tsx';
import { PathText } from '../../components/path-text.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { agentQuery, useAgentMutation } from '../../data/agent-call.ts';
import type { JobView } from '../../data/apply-jobs.ts';
import { useSentence } from '../../i18n/use-sentence.ts';
import classes from './files.module.css';
import { RestoreCountList } from './restore-count-list.tsx';
import type { RestoreOrder } from './restore-dialog.tsx';
import { restoreCountsOf } from './restore-result.ts';
import { commonFolder } from './snapshot-paths.ts';

interface RestoreRunProps {
  readonly jobId: string;
  readonly order: RestoreOrder;
  readonly onClose: () => void;
}

/** A restore on its way, and what came of it. */
export function RestoreRun({ jobId, order, onClose }: RestoreRunProps) {
  const { t } = useTranslation(['restore', 'common']);
  const { data: job, error } = useQuery(agentQuery('jobs', 'get', { params: { id: jobId } }));
  const sentence = useSentence();
  const cancel = useAgentMutation('jobs', 'cancel');
  // The button that led here is gone.
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => content.current?.focus(), []);
  const isActive = job === undefined || job.state === 'queued' || job.state === 'running';
  return (
    <Stack ref={content} tabIndex={-1} className={classes.run}>
      {error !== null && <ErrorAlert error={error} />}
      {job?.error !== undefined && <ErrorAlert error={job.error} title={t('run.failed')} />}
      {job !== undefined && isActive && <JobProgress job={job} detailed />}
      {job?.state === 'queued' && (
        <Text size="sm" c="dimmed" role="status">
          {job.reason === undefined ? t('run.queued') : sentence(job.reason)}
        </Text>
      )}
      {isActive && (
        <Text size="sm" c="dimmed">
          {t('run.goesOn')}
        </Text>
      )}
      {job?.state === 'done' && <Outcome job={job} order={order} />}
      {job?.state === 'cancelled' && (
        <Group>
          <StateBadge job={job.state} />
          <Text size="sm">{t('run.cancelled')}</Text>
        </Group>
      )}
      <Group justify="flex-end">
        <Button variant="subtle" component={Link} href={`/jobs/${encodeURIComponent(jobId)}`}>
          {t('run.details')}
        </Button>
        {isActive && (
          <Button
            variant="default"
            disabled={job === undefined || job.cancelling === true || cancel.isPending}
            onClick={() => cancel.mutate({ params: { id: jobId } })}
          >
            {t('run.cancel')}
          </Button>
        )}
        <Button onClick={onClose}>{t('common:action.close')}</Button>
      </Group>
    </Stack>
  );
}

function Outcome({ job, order }: { readonly job: JobView; readonly order: RestoreOrder }) {
  const { t } = useTranslation('restore');
  const counts = restoreCountsOf(job.result);
  const { target } = job.input;
  const folder = typeof target === 'string' ? target : commonFolder(order.paths);
  return (
    <Alert color="tide" icon={<CircleCheck aria-hidden />} title={t('run.done')} role="status">
      <Stack gap={4}>
        {counts !== undefined && <RestoreCountList counts={counts} tense="did" />}
        <Text size="sm">
          {t('run.where')} <PathText path={folder} />
        </Text>
      </Stack>
    </Alert>
  );
}
