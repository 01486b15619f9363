import { useMediaQuery } from '@mantine/hooks';
import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { RelativeTime } from '../../components/relative-time.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { useFormat } from '../../components/use-format.ts';
import type { Column } from '../../components/virtual-table.tsx';
import type { JobView } from '../../data/apply-jobs.ts';
import { useSentence } from '../../i18n/sentences/use-sentence.ts';
import { secondsOf } from './job-times.ts';
import classes from './jobs.module.css';
import { useJobWords } from './use-job-words.ts';

/** Of a list of jobs that have ended; fewer where there is little room. */
export function useJobColumns(): readonly Column<JobView>[] {
  const { t } = useTranslation('jobs');
  const format = useFormat();
  const words = useJobWords();
  const sentence = useSentence();
  const narrow = useMediaQuery('(width < 48em)', undefined, { getInitialValueInEffect: false });
  const what: Column<JobView> = {
    key: 'what',
    title: t('column.what'),
    width: 'minmax(0, 1fr)',
    cell: (job) => (
      <span className={classes.what}>
        <span>
          <strong>{words.kind(job)}</strong> {words.subject(job)}
        </span>
        {(job.error ?? job.reason) !== undefined && (
          <span className={classes.why}>{sentence(job.error?.message ?? job.reason ?? '')}</span>
        )}
      </span>
    ),
  };
  const state: Column<JobView> = {
    key: 'state',
    title: t('column.state'),
    width: '148px',
    cell: (job) => <StateBadge job={job.state} />,
  };
  const ended: Column<JobView> = {
    key: 'ended',
    title: t('column.ended'),
    width: narrow ? '96px' : '132px',
    cell: (job) => <RelativeTime time={job.endedAt ?? job.createdAt} />,
  };
  if (narrow)
    return [{ ...what, cell: (job) => <NarrowCell job={job} what={words.kind(job)} of={words.subject(job)} /> }, ended];
  return [
    state,
    what,
    {
      key: 'problems',
      title: t('column.problems'),
      width: '104px',
      align: 'end',
      cell: ({ problems = 0 }) =>
        problems > 0 && (
          <span className={classes.problems}>
            <CircleAlert size={14} aria-hidden /> {format.count(problems)}
          </span>
        ),
    },
    ended,
    {
      key: 'took',
      title: t('column.took'),
      width: '104px',
      align: 'end',
      cell: (job) => {
        const seconds = secondsOf(job);
        return seconds === undefined ? null : format.duration(seconds);
      },
    },
  ];
}

function NarrowCell({ job, what, of }: { readonly job: JobView; readonly what: string; readonly of: string }) {
  return (
    <span className={classes.narrow}>
      <StateBadge job={job.state} />
      <span>
        <strong>{what}</strong> {of}
      </span>
    </span>
  );
}
