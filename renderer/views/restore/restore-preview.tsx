import { Group, Loader, Text } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { isHoldfastError } from '../../../src/control/errors.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { useFormat } from '../../components/use-format.ts';
import { agentQuery, type CallInput } from '../../data/agent-call.ts';
import { client } from '../../data/client.ts';
import { useSentence } from '../../i18n/use-sentence.ts';
import { RestoreCountList } from './restore-count-list.tsx';
import { restoreCountsOf } from './restore-result.ts';

type RestoreBody = CallInput<'snapshots', 'restore'>['body'];

/** What a restore would do, counted by a dry run; one that nobody waits for any more is cancelled. */
export function RestorePreview({ body }: { readonly body: RestoreBody }) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const sentence = useSentence();
  const counting = useQuery(countingOf(body));
  const id = counting.data;
  const { data: job, error } = useQuery({
    ...agentQuery('jobs', 'get', { params: { id: id ?? '' } }),
    enabled: id !== undefined,
  });
  const isOver = job !== undefined && job.state !== 'queued' && job.state !== 'running';
  const counts = restoreCountsOf(job?.result);
  const isCounting = useRef(false);
  isCounting.current = !isOver;
  useEffect(() => {
    if (id === undefined) return;
    return () => {
      if (isCounting.current) cancel(id);
    };
  }, [id]);
  const failure = counting.error ?? error ?? job?.error;
  if (failure !== undefined && failure !== null) return <ErrorAlert error={failure} />;
  if (counts !== undefined) return <RestoreCountList counts={counts} tense="will" />;
  return (
    <Group gap="xs" role="status">
      {!isOver && <Loader size="xs" />}
      <Text size="sm" c="dimmed">
        {isOver
          ? t('preview.none')
          : job?.state === 'queued' && job.reason !== undefined
            ? sentence(job.reason)
            : t('preview.counting', { files: format.count(job?.progress?.filesDone ?? 0) })}
      </Text>
    </Group>
  );
}

/** The id of the job that counts. Each look counts anew: files change meanwhile. */
function countingOf(body: RestoreBody) {
  return queryOptions({
    queryKey: ['restore-preview', body],
    queryFn: async ({ signal }) => {
      const { id } = await client.snapshots.restore({ body: { ...body, dryRun: true }, signal });
      if (signal.aborted) cancel(id);
      return id;
    },
    gcTime: 0,
  });
}

/** What has ended meanwhile, or an agent that is gone, is nothing to tell of. */
function cancel(id: string): void {
  client.jobs.cancel({ params: { id }, signal: new AbortController().signal }).catch((error: unknown) => {
    if (!isHoldfastError(error)) throw error;
  });
}
