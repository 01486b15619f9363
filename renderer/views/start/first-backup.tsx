import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { JobProgress } from '../../components/job-progress.tsx';
import { saveEmergencyKit } from '../../components/save-emergency-kit.ts';
import { StateBadge } from '../../components/state-badge.tsx';
import { agentQuery, useAgentMutation } from '../../data/agent-call.ts';
import type { JobView } from '../../data/apply-jobs.ts';

/** The first backup runs; what to do meanwhile. */
export function FirstBackup({ jobId }: { readonly jobId: string }) {
  const { t } = useTranslation('start');
  const { data: job } = useQuery(agentQuery('jobs', 'get', { params: { id: jobId } }));
  const progress = useRef<HTMLElement>(null);
  // The button that was pressed is gone.
  useEffect(() => progress.current?.focus(), []);
  return (
    <Stack gap="lg">
      <Paper p="lg" component="section" ref={progress} tabIndex={-1} aria-label={t('done.progress')}>
        {job !== undefined && <Progress job={job} />}
      </Paper>
      {job?.repositoryIds[0] !== undefined && <Kit repositoryId={job.repositoryIds[0]} />}
      <Group>
        <Button component={Link} href="/">
          {t('done.home')}
        </Button>
      </Group>
    </Stack>
  );
}

function Progress({ job }: { readonly job: JobView }) {
  const { t } = useTranslation('start');
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <Title order={2}>{job.state === 'done' ? t('done.safe') : t('done.running')}</Title>
        <StateBadge job={job.state} />
      </Group>
      {(job.state === 'running' || job.state === 'queued') && <JobProgress job={job} detailed />}
      {job.error !== undefined && <ErrorAlert error={job.error} />}
      {job.state === 'done' && <Text>{t('done.safeText')}</Text>}
      {job.state === 'running' && <Text c="dimmed">{t('done.runningText')}</Text>}
    </Stack>
  );
}

/** Without the password nobody reads the backups: it belongs somewhere else, too. */
function Kit({ repositoryId }: { readonly repositoryId: string }) {
  const { t } = useTranslation('start');
  const kit = useAgentMutation('repositories', 'emergencyKit', { onSuccess: ({ text }) => saveEmergencyKit(text) });
  return (
    <Paper p="lg" component="section" aria-labelledby="kit">
      <Stack gap="sm">
        <Title order={2} id="kit">
          {t('kit.title')}
        </Title>
        <Text>{t('kit.text')}</Text>
        {kit.error !== null && <ErrorAlert error={kit.error} />}
        <Group>
          <Button
            variant="light"
            leftSection={<KeyRound size={16} aria-hidden />}
            loading={kit.isPending}
            onClick={() => kit.mutate({ params: { id: repositoryId } })}
          >
            {t('kit.save')}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
