import { Group, Paper, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { agentQuery } from '../data/agent-call.ts';
import type { JobView } from '../data/apply-jobs.ts';
import { CancelJob } from './cancel-job.tsx';
import { JobLine } from './job-line.tsx';
import { JobProgress } from './job-progress.tsx';

/** What is being done just now, or waits, with the thing that a page is about. */
export function RunningJobs({ concerns }: { readonly concerns: (job: JobView) => boolean }) {
  const { t } = useTranslation();
  const { data = [] } = useQuery(agentQuery('jobs', 'list'));
  const jobs = data.filter(concerns);
  if (jobs.length === 0) return null;
  return (
    <Paper p="lg" component="section" aria-label={t('jobs.goingOn')}>
      <Stack>
        {jobs.map((job) => (
          <Stack key={job.id} gap="xs">
            <Group justify="space-between" wrap="nowrap" align="start">
              <JobLine job={job} subject={job.planName} />
              <CancelJob job={job} />
            </Group>
            {job.state === 'running' && <JobProgress job={job} />}
          </Stack>
        ))}
      </Stack>
    </Paper>
  );
}
