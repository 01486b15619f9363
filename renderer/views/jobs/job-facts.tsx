import { useTranslation } from 'react-i18next';
import { Fact, Facts } from '../../components/facts.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { useFormat } from '../../components/use-format.ts';
import { useJobWords } from '../../components/use-job-words.ts';
import type { JobView } from '../../data/apply-jobs.ts';
import { figuresOf } from './figures-of.ts';
import { secondsOf } from './job-times.ts';
import classes from './jobs.module.css';

/** When, why, how long, and the numbers of what came of it. */
export function JobFacts({ job }: { readonly job: JobView }) {
  const { t, i18n } = useTranslation('jobs');
  const format = useFormat();
  const { repositoryName } = useJobWords();
  const seconds = secondsOf(job);
  // A number that has no words here is of use to programs only.
  const figures = figuresOf(job.result ?? {}).filter(({ name }) => i18n.exists(`jobs:figure.${name}`));
  return (
    <Facts className={classes.facts}>
      <Fact label={t('fact.trigger')}>{t(`trigger.${job.trigger}`)}</Fact>
      <Fact label={t(job.startedAt === undefined ? 'fact.created' : 'fact.started')}>
        <RelativeTime time={job.startedAt ?? job.createdAt} />
      </Fact>
      {seconds !== undefined && <Fact label={t('fact.took')}>{format.duration(seconds)}</Fact>}
      {job.attempt > 1 && <Fact label={t('fact.attempt')}>{format.count(job.attempt)}</Fact>}
      {job.repositoryIds.length > 0 && (
        <Fact label={t('fact.repository')}>{job.repositoryIds.map(repositoryName).join(', ')}</Fact>
      )}
      {figures.map(({ name, value, unit }) => (
        <Fact key={name} label={t(`figure.${name as 'dataAdded'}`)}>
          {unit === 'bytes' ? format.bytes(value) : format.count(value)}
        </Fact>
      ))}
    </Facts>
  );
}
