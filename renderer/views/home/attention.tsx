import { Button, Group, Paper, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { CircleAlert, CircleX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { useAgentMutation } from '../../data/agent-call.ts';
import { useSentence } from '../../i18n/use-sentence.ts';
import { type Advice, adviceOf } from './advice-of.ts';
import classes from './attention.module.css';
import type { PlanView } from './summary-of.ts';

/** What failed, is held or overdue: in words, with the one action that helps. */
export function Attention({ plans }: { readonly plans: readonly PlanView[] }) {
  const { t } = useTranslation('home');
  if (plans.length === 0) return null;
  return (
    <Stack component="section" gap="sm" aria-label={t('attention.label')}>
      {plans.map((view) => (
        <PlanTrouble key={view.plan.id} view={view} />
      ))}
    </Stack>
  );
}

function PlanTrouble({ view }: { readonly view: PlanView }) {
  const { t } = useTranslation('home');
  const sentence = useSentence();
  const { plan, state, lastJob } = view;
  const failed = state === 'failed';
  const advice = adviceOf(view);
  const words = failed ? 'failed' : state === 'held' ? 'held' : 'overdue';
  return (
    <Paper
      component="article"
      p="lg"
      className={classes.trouble}
      data-failed={failed || undefined}
      aria-labelledby={`trouble-${plan.id}`}
    >
      <ThemeIcon size={36} radius="xl" variant="light" color={failed ? 'red' : 'orange'}>
        {failed ? <CircleX size={20} aria-hidden /> : <CircleAlert size={20} aria-hidden />}
      </ThemeIcon>
      <Stack gap="xs">
        <Title order={2} id={`trouble-${plan.id}`} className={classes.title}>
          {t(`attention.${words}`, { plan: plan.name })}
        </Title>
        {words === 'overdue' ? (
          <Text>{t('attention.overdueText')}</Text>
        ) : (
          reasonsOf(view).map((reason) => <Text key={reason}>{sentence(reason)}</Text>)
        )}
        {advice.action === 'emptied' ? (
          <Text>{t('attention.emptied')}</Text>
        ) : (
          failed && lastJob?.error?.hint !== undefined && <Text>{sentence(lastJob.error.hint)}</Text>
        )}
        <Text size="sm" c="dimmed">
          {view.lastGoodAt === undefined ? (
            t('attention.noGood')
          ) : (
            <>
              {t('attention.lastGood')} <RelativeTime time={view.lastGoodAt} />
            </>
          )}
        </Text>
        <Help view={view} advice={advice} />
      </Stack>
    </Paper>
  );
}

function Help({ view: { plan, lastJob }, advice }: { readonly view: PlanView; readonly advice: Advice }) {
  const { t } = useTranslation(['home', 'common']);
  const run = useAgentMutation('plans', 'run');
  const release = useAgentMutation('plans', 'release');
  const params = { id: plan.id };
  return (
    <>
      <Group gap="xs">
        {(advice.action === 'run' || advice.action === 'emptied') && (
          <Button size="xs" loading={run.isPending} onClick={() => run.mutate({ params, body: {} })}>
            {t('common:action.run')}
          </Button>
        )}
        {advice.action === 'emptied' && (
          <Button size="xs" variant="default" onClick={() => run.mutate({ params, body: { allowEmpty: true } })}>
            {t('action.runEmpty')}
          </Button>
        )}
        {advice.action === 'release' && (
          <Button size="xs" loading={release.isPending} onClick={() => release.mutate({ params })}>
            {t('action.release')}
          </Button>
        )}
        {'path' in advice && (
          <Button size="xs" component={Link} href={advice.path}>
            {t(`action.${advice.action}`)}
          </Button>
        )}
        {lastJob !== undefined && advice.action !== 'job' && (
          <Button size="xs" variant="default" component={Link} href={`/jobs/${lastJob.id}`}>
            {t('action.details')}
          </Button>
        )}
      </Group>
      {run.error !== null && <ErrorAlert error={run.error} />}
      {release.error !== null && <ErrorAlert error={release.error} />}
    </>
  );
}

/** Without an error of its own, the first only repeats that it failed. */
function reasonsOf({ state, reasons, lastJob }: PlanView): readonly string[] {
  const repeats = state === 'failed' && lastJob?.error === undefined && reasons.length > 1;
  return repeats ? reasons.slice(1) : reasons;
}
