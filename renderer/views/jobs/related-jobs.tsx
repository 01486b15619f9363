import { Group, List, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { useJobWords } from '../../components/use-job-words.ts';
import { agentQuery } from '../../data/agent-call.ts';
import type { JobView } from '../../data/apply-jobs.ts';
import classes from './jobs.module.css';

/** Where a job came from, and what came of it: the one that it tries again, its copies, its retries. */
export function RelatedJobs({ job }: { readonly job: JobView }) {
  const { t } = useTranslation('jobs');
  const words = useJobWords();
  const { data, error } = useQuery(agentQuery('jobs', 'related', { params: { id: job.id } }));
  if (error !== null) return <ErrorAlert error={error} />;
  if (data === undefined) return <Skeleton height={40} />;
  const origin = job.retryOf ?? job.followsJob;
  if (data.jobs.length === 0 && origin === undefined) return <Text c="dimmed">{t('related.none')}</Text>;
  return (
    <List listStyleType="none" spacing="xs">
      {origin !== undefined && (
        <List.Item>
          <Link href={`/jobs/${encodeURIComponent(origin)}`} className={classes.link}>
            {t(job.retryOf === undefined ? 'related.follows' : 'related.retryOf')}
          </Link>
        </List.Item>
      )}
      {data.jobs.map((one) => (
        <List.Item key={one.id}>
          <Group gap="sm">
            <StateBadge job={one.state} />
            <Link href={`/jobs/${encodeURIComponent(one.id)}`} className={classes.link}>
              {words.kind(one)}
            </Link>
            <Text size="sm" c="dimmed">
              {words.subject(one)} · <RelativeTime time={one.endedAt ?? one.createdAt} />
            </Text>
          </Group>
        </List.Item>
      ))}
    </List>
  );
}
