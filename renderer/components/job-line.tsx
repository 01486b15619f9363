import { Anchor, Group, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { JobView } from '../data/apply-jobs.ts';
import { RelativeTime } from './relative-time.tsx';
import { StateBadge } from './state-badge.tsx';
import { useJobWords } from './use-job-words.ts';

interface JobLineProps {
  readonly job: JobView;
  /** What it works on, where that is not clear from the place where it stands. */
  readonly subject?: string | undefined;
}

/** A job in a line: what it is (a link to all about it), how it stands, and since when. */
export function JobLine({ job, subject }: JobLineProps) {
  const words = useJobWords();
  return (
    <Group gap="4px 12px">
      <Anchor component={Link} href={`/jobs/${encodeURIComponent(job.id)}`} fw={600} c="inherit">
        {words.kind(job)}
      </Anchor>
      {subject !== undefined && <Text c="dimmed">{subject}</Text>}
      <StateBadge job={job.state} />
      <Text size="sm" c="dimmed">
        <RelativeTime time={job.endedAt ?? job.startedAt ?? job.createdAt} />
      </Text>
    </Group>
  );
}
