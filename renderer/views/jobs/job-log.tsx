import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { visiblePath } from '../../components/path-text.tsx';
import { useFormat } from '../../components/use-format.ts';
import { VirtualTable } from '../../components/virtual-table.tsx';
import { agentQuery } from '../../data/agent-call.ts';
import type { JobView } from '../../data/apply-jobs.ts';
import { usePages } from '../../data/use-pages.ts';
import classes from './jobs.module.css';

/** What a job said. */
export function JobLog({ job }: { readonly job: JobView }) {
  const { t } = useTranslation('jobs');
  const { language } = useFormat();
  useFreshPages(job, 'log');
  const { total, row, onRange, error } = usePages({
    query: (page) => agentQuery('jobs', 'log', { params: { id: job.id }, query: page }),
    rows: ({ lines }) => lines,
  });
  if (error !== null) return <ErrorAlert error={error} />;
  if (total === 0) return <Text c="dimmed">{t('log.none')}</Text>;
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
  return (
    <VirtualTable
      label={t('log.title')}
      columns={[
        {
          key: 'time',
          title: t('log.time'),
          width: '92px',
          cell: (line) => <time dateTime={line.time}>{time.format(new Date(line.time))}</time>,
        },
        {
          key: 'level',
          title: t('log.level'),
          width: '80px',
          cell: ({ level }) => (
            <span className={classes.level} data-level={level}>
              {t(`level.${level}`)}
            </span>
          ),
        },
        {
          key: 'text',
          title: t('log.text'),
          width: 'minmax(0, 1fr)',
          cell: ({ text }) => (
            <span className={classes.line} title={visiblePath(text)}>
              {visiblePath(text)}
            </span>
          ),
        },
      ]}
      count={total ?? 6}
      row={row}
      onRange={onRange}
      rowHeight={32}
      height={400}
    />
  );
}

/** No event tells of a line: a running job has more to tell when it goes on to something else, or met a problem. */
export function useFreshPages({ id, state, progress }: JobView, name: 'log' | 'problems'): void {
  const queryClient = useQueryClient();
  const phase = progress?.phase;
  const problems = progress?.problems;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what happened since is told by these
  useEffect(() => {
    void queryClient.invalidateQueries({ queryKey: ['jobs', name], predicate: ({ queryKey }) => isOf(queryKey, id) });
  }, [queryClient, name, id, state, phase, problems]);
}

function isOf([, , input]: readonly unknown[], id: string): boolean {
  return JSON.stringify(input)?.includes(JSON.stringify(id)) ?? false;
}
