import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { RelativeTime } from '../../components/relative-time.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { useFormat } from '../../components/use-format.ts';
import { useIsNarrow } from '../../components/use-is-narrow.ts';
import { useJobWords } from '../../components/use-job-words.ts';
import type { Column } from '../../components/virtual-table.tsx';
import type { JobView } from '../../data/apply-jobs.ts';
import { useSentence } from '../../i18n/use-sentence.ts';
import { secondsOf } from './job-times.ts';
import classes from './jobs.module.css';

/** Of a list of jobs that have ended; fewer where there is little room. */
export function useJobColumns(): readonly Column<JobView>[] {
  const { t } = useTranslation('jobs');
  const format = useFormat();
  const words = useJobWords();
  const sentence = useSentence();
  const isNarrow = useIsNarrow();
  const isSmall = useIsNarrow('64em');
  const problemsOf = ({ problems = 0 }: JobView) =>
    problems > 0 && (
      <span className={classes.problems} title={t('column.problems')}>
        <CircleAlert size={14} aria-hidden /> {format.count(problems)}
      </span>
    );
  const what: Column<JobView> = {
    key: 'what',
    title: t('column.what'),
    width: 'minmax(0, 1fr)',
    cell: (job) => (
      <span className={classes.what}>
        <span>
          <strong>{words.kind(job)}</strong> {words.subject(job)} {isSmall && problemsOf(job)}
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
    width: isNarrow ? '116px' : '132px',
    cell: (job) => <RelativeTime time={job.endedAt ?? job.createdAt} />,
  };
  if (isNarrow)
    return [{ ...what, cell: (job) => <NarrowCell job={job} what={words.kind(job)} of={words.subject(job)} /> }, ended];
  if (isSmall) return [state, what, ended];
  return [
    state,
    what,
    {
      key: 'problems',
      title: t('column.problems'),
      width: '104px',
      align: 'end',
      cell: problemsOf,
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
