import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Fact } from '../../components/facts.tsx';
import { ListingRow } from '../../components/listing.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { useFormat } from '../../components/use-format.ts';
import { useTriggerWords } from '../../components/use-trigger-words.ts';
import type { CallAnswer } from '../../data/agent-call.ts';
import { useSentence } from '../../i18n/use-sentence.ts';
import { PlanActions } from './plan-actions.tsx';

export type PlanView = CallAnswer<'plans', 'get'>;

export function PlanRow({ view }: { readonly view: PlanView }) {
  const { t } = useTranslation('plans');
  const words = useTriggerWords();
  const sentence = useSentence();
  const { plan, state, reasons, lastGoodAt } = view;
  return (
    <ListingRow
      href={`/plans/${plan.id}`}
      name={plan.name}
      description={
        <Text size="sm" c="dimmed">
          {words(plan.trigger)}
        </Text>
      }
      note={
        state !== 'ok' &&
        state !== 'paused' &&
        reasons[0] !== undefined && <Text size="sm">{sentence(reasons[0])}</Text>
      }
      state={<StateBadge plan={state} />}
      facts={
        <>
          <Fact label={t('fact.lastGood')}>
            {lastGoodAt === undefined ? t('fact.notYet') : <RelativeTime time={lastGoodAt} />}
          </Fact>
          <Fact label={t('fact.nextRun')}>
            <NextRun view={view} />
          </Fact>
        </>
      }
      actions={<PlanActions view={view} />}
    />
  );
}

function NextRun({ view: { plan, nextRunAt } }: { readonly view: PlanView }) {
  const { t } = useTranslation('plans');
  const format = useFormat();
  if (plan.paused !== undefined) {
    const { until } = plan.paused;
    return until === undefined ? t('fact.paused') : t('fact.pausedUntil', { time: format.time(until) });
  }
  if (plan.trigger.kind === 'continuous') return t('fact.whenChanged');
  return nextRunAt === undefined ? t('fact.byHand') : <RelativeTime time={nextRunAt} />;
}
