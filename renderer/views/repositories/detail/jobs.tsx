import { Anchor, Group, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { JobProgress } from '../../../components/job-progress.tsx';
import { StateBadge } from '../../../components/state-badge.tsx';
import { agentQuery } from '../../../data/agent-call.ts';

/** What is being done with it just now. */
export function Jobs({ repositoryId }: { readonly repositoryId: string }) {
  const { t } = useTranslation('repositories');
  const { data = [] } = useQuery(agentQuery('jobs', 'list'));
  const jobs = data.filter(({ repositoryIds }) => repositoryIds.includes(repositoryId));
  if (jobs.length === 0) return null;
  return (
    <Paper p="lg" component="section" aria-label={t('jobs.label')}>
      <Stack>
        {jobs.map((job) => (
          <Stack key={job.id} gap="xs">
            <Group gap="sm">
              <Text fw={600}>{t(`job.${jobName(job.kind)}`)}</Text>
              <StateBadge job={job.state} />
              <Anchor component={Link} href={`/jobs/${job.id}`} size="sm">
                {t('jobs.details')}
              </Anchor>
            </Group>
            {job.state === 'running' && <JobProgress job={job} />}
          </Stack>
        ))}
      </Stack>
    </Paper>
  );
}

const named = ['check', 'prune', 'backup', 'restore'] as const;

function jobName(kind: string): (typeof named)[number] | 'other' {
  return named.find((one) => one === kind) ?? 'other';
}
