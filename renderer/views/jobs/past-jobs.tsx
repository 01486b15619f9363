import { Skeleton, Stack, Title } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { History, SearchX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocation, useSearchParams } from 'wouter';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { useIsNarrow } from '../../components/use-is-narrow.ts';
import { VirtualTable } from '../../components/virtual-table.tsx';
import type { JobView } from '../../data/apply-jobs.ts';
import { client } from '../../data/client.ts';
import { filterOf, type HistoryFilter } from './history-filter.ts';
import { HistoryFilters } from './history-filters.tsx';
import { useJobColumns } from './use-job-columns.tsx';

const pageSize = 200;
/** Rows before the end of what is loaded at which more is asked for. */
const ahead = 50;

/** Jobs that have ended, the newest first, as far back as somebody scrolls. */
export function PastJobs() {
  const { t } = useTranslation('jobs');
  const [params] = useSearchParams();
  const filter = filterOf(params);
  return (
    <Stack component="section" gap="sm" aria-labelledby="past">
      <Title order={2} id="past">
        {t('past.title')}
      </Title>
      <HistoryFilters />
      <HistoryTable filter={filter} />
    </Stack>
  );
}

function HistoryTable({ filter }: { readonly filter: HistoryFilter }) {
  const { t } = useTranslation('jobs');
  const columns = useJobColumns();
  const isNarrow = useIsNarrow();
  const [, navigate] = useLocation();
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['jobs', 'history', filter],
    queryFn: ({ pageParam, signal }) =>
      client.jobs.history({
        query: { ...filter, limit: pageSize, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });
  if (error !== null) return <ErrorAlert error={error} />;
  if (data === undefined) return <Skeleton height={240} radius="md" />;
  const jobs = data.pages.flatMap((page) => page.jobs);
  if (jobs.length === 0 && !hasNextPage) {
    return Object.keys(filter).length === 0 ? (
      <EmptyState icon={History} title={t('past.none')}>
        {t('past.noneText')}
      </EmptyState>
    ) : (
      <EmptyState icon={SearchX} title={t('past.noMatch')} />
    );
  }
  return (
    <VirtualTable<JobView>
      key={JSON.stringify(filter)}
      label={t('past.title')}
      columns={columns}
      count={jobs.length + (hasNextPage ? 1 : 0)}
      row={(index) => jobs[index]}
      rowKey={(index) => jobs[index]?.id ?? index}
      onRange={(_, last) => {
        if (hasNextPage && !isFetchingNextPage && last + ahead >= jobs.length) void fetchNextPage();
      }}
      onOpen={({ id }) => navigate(`/jobs/${encodeURIComponent(id)}`)}
      rowHeight={isNarrow ? 62 : 48}
    />
  );
}
