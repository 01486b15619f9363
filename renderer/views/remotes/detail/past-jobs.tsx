import { Anchor, Group, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { CancelJob } from '../../../components/cancel-job.tsx';
import { JobProgress } from '../../../components/job-progress.tsx';
import { RelativeTime } from '../../../components/relative-time.tsx';
import { Section } from '../../../components/section.tsx';
import { StateBadge } from '../../../components/state-badge.tsx';
import { agentQuery } from '../../../data/agent-call.ts';
import type { JobView } from '../../../data/apply-jobs.ts';
import { useSentence } from '../../../i18n/sentences/use-sentence.ts';

/** What is being done with it from here, just now. */
export function Jobs({ remoteId }: { readonly remoteId: string }) {
  const { t } = useTranslation('remotes');
  const { data = [] } = useQuery(agentQuery('jobs', 'list'));
  const jobs = data.filter((job) => job.remoteId === remoteId);
  if (jobs.length === 0) return null;
  return (
    <Paper p="lg" component="section" aria-label={t('jobs.active')}>
      <Stack>
        {jobs.map((job) => (
          <Stack key={job.id} gap="xs">
            <Group justify="space-between">
              <JobLine job={job} />
              <CancelJob job={job} label={t('jobs.cancel')} cancelling={t('jobs.cancelling')} />
            </Group>
            {job.state === 'running' && <JobProgress job={job} />}
          </Stack>
        ))}
      </Stack>
    </Paper>
  );
}

const mostShown = 5;

/** How the last ones ended. */
export function PastJobs({ remoteId }: { readonly remoteId: string }) {
  const { t } = useTranslation('remotes');
  const sentence = useSentence();
  const { data } = useQuery(agentQuery('jobs', 'history', { query: { remoteId, limit: mostShown } }));
  if (data === undefined || data.jobs.length === 0) return null;
  return (
    <Section title={t('jobs.past')}>
      <Stack gap="sm">
        {data.jobs.map((job) => (
          <div key={job.id}>
            <JobLine job={job} />
            {job.error !== undefined && (
              <Text size="sm" c="dimmed">
                {sentence(job.error.message)}
              </Text>
            )}
          </div>
        ))}
      </Stack>
    </Section>
  );
}

function JobLine({ job }: { readonly job: JobView }) {
  const { t } = useTranslation();
  return (
    <Group gap="sm">
      <Anchor component={Link} href={`/jobs/${encodeURIComponent(job.id)}`} fw={600} c="inherit">
        {t(`jobKind.${job.kind}`)}
      </Anchor>
      <StateBadge job={job.state} />
      <Text size="sm" c="dimmed">
        <RelativeTime time={job.endedAt ?? job.startedAt ?? job.createdAt} />
      </Text>
    </Group>
  );
}
