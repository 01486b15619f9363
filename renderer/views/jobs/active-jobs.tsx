import { Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CancelJob } from '../../components/cancel-job.tsx';
import { JobLine } from '../../components/job-line.tsx';
import { JobProgress } from '../../components/job-progress.tsx';
import { useJobWords } from '../../components/use-job-words.ts';
import type { JobView } from '../../data/apply-jobs.ts';
import { useSentence } from '../../i18n/use-sentence.ts';

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
          <JobLine job={job} subject={subject} />
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
