import { Group, Paper, Stack, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CancelJob } from '../../components/cancel-job.tsx';
import { JobLine } from '../../components/job-line.tsx';
import { JobProgress } from '../../components/job-progress.tsx';
import type { StatusView } from './summary-of.ts';

/** Jobs that no plan's card shows: checks, restores, copies, those of remotes. */
export function OtherJobs({ status: { jobs, plans } }: { readonly status: StatusView }) {
  const { t } = useTranslation('home');
  const shown = new Set(plans.map(({ activeJob }) => activeJob?.id));
  const others = jobs.filter(({ id }) => !shown.has(id));
  if (others.length === 0) return null;
  return (
    <Stack component="section" gap="sm" aria-labelledby="other-jobs">
      <Title order={2} id="other-jobs">
        {t('others.title')}
      </Title>
      {others.map((job) => (
        <Paper key={job.id} p="md">
          <Stack gap="xs">
            <Group justify="space-between" wrap="nowrap" align="start">
              <JobLine job={job} subject={job.planName ?? job.remoteName} />
              <CancelJob job={job} />
            </Group>
            {job.state === 'running' && <JobProgress job={job} />}
          </Stack>
        </Paper>
      ))}
    </Stack>
  );
}
