import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Fact, Facts } from '../../components/facts.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { useFormat } from '../../components/use-format.ts';
import { useTriggerWords } from '../../components/use-trigger-words.ts';
import classes from './plan-facts.module.css';
import type { PlanView } from './summary-of.ts';

/** Last good, last proven, next run. */
export function PlanFacts({ view }: { readonly view: PlanView }) {
  const { t } = useTranslation('home');
  const words = useTriggerWords();
  const { plan, lastGoodAt, lastProvenAt } = view;
  return (
    <Facts className={classes.facts}>
      <PlanFact label={t('facts.lastGood')} detail={<LastSize view={view} />}>
        {lastGoodAt === undefined ? t('facts.notYet') : <RelativeTime time={lastGoodAt} />}
      </PlanFact>
      <PlanFact
        label={t('facts.lastProven')}
        detail={
          lastProvenAt === undefined
            ? t(plan.drill === undefined ? 'facts.neverProven' : 'facts.provenSoon')
            : t('facts.provenHow')
        }
      >
        {lastProvenAt === undefined ? t('facts.notYet') : <RelativeTime time={lastProvenAt} />}
      </PlanFact>
      <PlanFact label={t('facts.nextRun')} detail={view.nextRunAt === undefined ? null : words(plan.trigger)}>
        <NextRun view={view} />
      </PlanFact>
    </Facts>
  );
}

function NextRun({ view: { plan, nextRunAt, watching } }: { readonly view: PlanView }) {
  const { t } = useTranslation('home');
  if (plan.paused !== undefined) return t('facts.paused');
  if (plan.trigger.kind === 'continuous') {
    return (watching?.changedFolders ?? 0) > 0 ? t('facts.soon') : t('facts.whenChanged');
  }
  return nextRunAt === undefined ? t('facts.byHand') : <RelativeTime time={nextRunAt} />;
}

/** How much the last backup saved, as far as its job tells. */
function LastSize({ view: { lastJob } }: { readonly view: PlanView }) {
  const { t } = useTranslation('home');
  const format = useFormat();
  const { totalFiles: files, totalBytes: bytes } = lastJob?.result ?? {};
  if (typeof files !== 'number' || typeof bytes !== 'number') return null;
  return t('facts.size', { count: files, files: format.count(files), size: format.bytes(bytes) });
}

function PlanFact({
  label,
  detail,
  children,
}: {
  readonly label: string;
  readonly detail: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <Fact label={label}>
      <Text component="span" fw={600}>
        {children}
      </Text>
      <Text component="span" size="sm" c="dimmed" className={classes.detail}>
        {detail}
      </Text>
    </Fact>
  );
}
