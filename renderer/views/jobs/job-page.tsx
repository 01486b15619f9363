import { List, Paper, Skeleton, Stack, Tabs, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { BackLink } from '../../components/back-link.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { JobProgress } from '../../components/job-progress.tsx';
import { Page } from '../../components/page.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { useFormat } from '../../components/use-format.ts';
import { useJobWords } from '../../components/use-job-words.ts';
import { agentQuery } from '../../data/agent-call.ts';
import type { JobView } from '../../data/apply-jobs.ts';
import { useSentence } from '../../i18n/use-sentence.ts';
import { JobActions } from './job-actions.tsx';
import { JobFacts } from './job-facts.tsx';
import { JobLog } from './job-log.tsx';
import { isActive } from './job-times.ts';
import { Problems } from './problems.tsx';
import { RelatedJobs } from './related-jobs.tsx';

/** One job, active or past. */
export function JobPage({ id }: { readonly id: string }) {
  const { t } = useTranslation('jobs');
  const { data: job, error } = useQuery(agentQuery('jobs', 'get', { params: { id } }));
  const words = useJobWords();
  const back = <BackLink href="/jobs">{t('job.back')}</BackLink>;
  if (job === undefined) {
    return (
      <Page title={t('job.title')} description={back}>
        {error === null ? <Skeleton height={240} radius="lg" /> : <ErrorAlert error={error} />}
      </Page>
    );
  }
  return (
    <Page title={`${words.kind(job)}: ${words.subject(job)}`} description={back} actions={<JobActions job={job} />}>
      <Details job={job} />
    </Page>
  );
}

function Details({ job }: { readonly job: JobView }) {
  const { t } = useTranslation('jobs');
  const sentence = useSentence();
  const format = useFormat();
  const problems = job.problems ?? job.progress?.problems ?? 0;
  const { warnings = [] } = job;
  return (
    <>
      <Paper p="lg">
        <Stack>
          <div>
            <StateBadge job={job.state} />
          </div>
          {job.state === 'running' && <JobProgress job={job} detailed />}
          {job.reason !== undefined && <Text>{sentence(job.reason)}</Text>}
          {job.error !== undefined && <ErrorAlert error={job.error} />}
          {warnings.length > 0 && (
            <List icon={<CircleAlert size={16} aria-hidden />}>
              {warnings.map((warning) => (
                <List.Item key={warning}>{sentence(warning)}</List.Item>
              ))}
            </List>
          )}
          <JobFacts job={job} />
        </Stack>
      </Paper>
      <Tabs defaultValue={problems > 0 ? 'problems' : 'log'} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="problems">
            {t('problems.title', { count: problems, files: format.count(problems) })}
          </Tabs.Tab>
          <Tabs.Tab value="log">{t('log.title')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="problems" pt="md">
          <Problems job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="log" pt="md">
          <JobLog job={job} />
        </Tabs.Panel>
      </Tabs>
      {!isActive(job) && (
        <Stack component="section" gap="sm" aria-labelledby="related">
          <Title order={2} id="related">
            {t('related.title')}
          </Title>
          <RelatedJobs job={job} />
        </Stack>
      )}
    </>
  );
}
