import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { JobProgress } from '../../components/job-progress.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { CancelJob } from './cancel-job.tsx';
import type { StatusView } from './summary-of.ts';

/** Jobs that no plan's card shows: checks, restores, copies, those of remotes. */
export function OtherJobs({ status: { jobs, plans } }: { readonly status: StatusView }) {
  const { t } = useTranslation(['home', 'common']);
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
            <Group justify="space-between">
              <Group gap="sm">
                <Text fw={600}>{t(`common:jobKind.${job.kind}`)}</Text>
                <Text c="dimmed">{job.planName ?? job.remoteName}</Text>
                <StateBadge job={job.state} />
              </Group>
              <CancelJob job={job} />
            </Group>
            {job.state === 'running' && <JobProgress job={job} />}
          </Stack>
        </Paper>
      ))}
    </Stack>
  );
}
