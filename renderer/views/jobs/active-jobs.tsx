import { Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { JobProgress } from '../../components/job-progress.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import type { JobView } from '../../data/apply-jobs.ts';
import { useSentence } from '../../i18n/sentences/use-sentence.ts';
import { CancelJob } from './cancel-job.tsx';
import classes from './jobs.module.css';
import { useJobWords } from './use-job-words.ts';

/** What runs and what waits, in the order in which it comes. */
export function ActiveJobs({ jobs }: { readonly jobs: readonly JobView[] | undefined }) {
  const { t } = useTranslation('jobs');
  if (jobs === undefined) return <Skeleton height={96} radius="lg" />;
  const running = jobs.filter(({ state }) => state === 'running');
  const queued = jobs.filter(({ state }) => state !== 'running');
  return (
    <Stack component="section" gap="sm" aria-labelledby="active">
      <Title order={2} id="active">
        {t('active.title')}
      </Title>
      {jobs.length === 0 && <Text c="dimmed">{t('active.none')}</Text>}
      {[...running, ...queued].map((job) => (
        <ActiveJob key={job.id} job={job} />
      ))}
    </Stack>
  );
}

function ActiveJob({ job }: { readonly job: JobView }) {
  const { t } = useTranslation('jobs');
  const words = useJobWords();
  const sentence = useSentence();
  const subject = words.subject(job);
  return (
    <Paper p="md" component="article" aria-label={`${words.kind(job)} ${subject}`}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" align="start">
          <Group gap="sm">
            <Link href={`/jobs/${encodeURIComponent(job.id)}`} className={classes.link}>
              {words.kind(job)}
            </Link>
            <Text c="dimmed">{subject}</Text>
            <StateBadge job={job.state} />
            <Text size="sm" c="dimmed">
              <RelativeTime time={job.startedAt ?? job.createdAt} />
            </Text>
          </Group>
          <CancelJob job={job} />
        </Group>
        {job.state === 'running' ? (
          <JobProgress job={job} detailed />
        ) : (
          <Text size="sm" c="dimmed">
            {job.reason === undefined ? t('active.waits') : sentence(job.reason)}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
