import { Paper, Text, ThemeIcon } from '@mantine/core';
import {
  CirclePause,
  LoaderCircle,
  type LucideIcon,
  ShieldAlert,
  ShieldCheck,
  ShieldQuestionMark,
  ShieldX,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { RelativeTime } from '../../components/relative-time.tsx';
import classes from './summary.module.css';
import { type PlanView, type Summary as SummaryView, summaryOf } from './summary-of.ts';

const looks: Readonly<Record<SummaryView['state'], { readonly color: string; readonly Icon: LucideIcon }>> = {
  problem: { color: 'red', Icon: ShieldX },
  attention: { color: 'orange', Icon: ShieldAlert },
  running: { color: 'blue', Icon: LoaderCircle },
  paused: { color: 'gray', Icon: CirclePause },
  never: { color: 'gray', Icon: ShieldQuestionMark },
  safe: { color: 'tide', Icon: ShieldCheck },
};

/** All plans in one sentence. */
export function Summary({ plans }: { readonly plans: readonly PlanView[] }) {
  const { t } = useTranslation('home');
  const { state, count, lastGoodAt, lastProvenAt } = summaryOf(plans);
  const { color, Icon } = looks[state];
  return (
    <Paper component="section" className={classes.summary} p="lg" aria-label={t('summary.label')}>
      <ThemeIcon size={56} radius="xl" variant="light" color={color}>
        <Icon size={30} aria-hidden />
      </ThemeIcon>
      <div>
        <Text component="p" className={classes.sentence} role="status">
          {t(`summary.${state}`, { count })}
        </Text>
        <Text c="dimmed" component="p" m={0}>
          {lastGoodAt === undefined ? (
            t('summary.noneYet')
          ) : (
            <>
              {t('summary.lastGood')} <RelativeTime time={lastGoodAt} />
            </>
          )}
          {lastProvenAt !== undefined && (
            <>
              {' · '}
              {t('summary.lastProven')} <RelativeTime time={lastProvenAt} />
            </>
          )}
        </Text>
      </div>
    </Paper>
  );
}
