import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { JobLine } from '../../../components/job-line.tsx';
import { Section } from '../../../components/section.tsx';
import { agentQuery } from '../../../data/agent-call.ts';
import { useSentence } from '../../../i18n/use-sentence.ts';

const mostShown = 5;

/** How the last ones of a remote ended. */
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
