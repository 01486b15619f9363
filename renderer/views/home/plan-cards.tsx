import { ActionIcon, Button, Group, Menu, Paper, Stack, Text, Title } from '@mantine/core';
import { Ellipsis, FlaskConical, Pause, Pencil, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { CancelJob } from '../../components/cancel-job.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { JobProgress } from '../../components/job-progress.tsx';
import { RunPlan } from '../../components/run-plan.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { useAgentMutation } from '../../data/agent-call.ts';
import { useSentence } from '../../i18n/use-sentence.ts';
import classes from './plan-cards.module.css';
import { PlanFacts } from './plan-facts.tsx';
import type { PlanView } from './summary-of.ts';

/** A card for each plan. */
export function PlanCards({ plans }: { readonly plans: readonly PlanView[] }) {
  const { t } = useTranslation('home');
  return (
    <Stack component="section" gap="md" aria-label={t('plans.label')}>
      {plans.map((view) => (
        <PlanCard key={view.plan.id} view={view} />
      ))}
    </Stack>
  );
}

function PlanCard({ view }: { readonly view: PlanView }) {
  const sentence = useSentence();
  const { plan, state, activeJob } = view;
  const running = activeJob !== undefined && activeJob.state === 'running' ? activeJob : undefined;
  return (
    <Paper component="article" p="lg" aria-labelledby={`plan-${plan.id}`}>
      <Stack gap="md">
        <div className={classes.head}>
          <Title order={2} id={`plan-${plan.id}`} className={classes.name}>
            {plan.name}
          </Title>
          <StateBadge plan={state} />
          <div className={classes.actions}>
            <PlanActions view={view} />
          </div>
        </div>
        {state === 'waiting' && view.reasons[0] !== undefined && (
          <Text size="sm" c="dimmed">
            {sentence(view.reasons[0])}
          </Text>
        )}
        {running !== undefined && (
          <Group align="start" gap="md" wrap="nowrap">
            <div className={classes.progress}>
              <JobProgress job={running} />
            </div>
            <CancelJob job={running} />
          </Group>
        )}
        <PlanFacts view={view} />
      </Stack>
    </Paper>
  );
}

function PlanActions({ view: { plan, state, lastGoodAt } }: { readonly view: PlanView }) {
  const { t } = useTranslation('home');
  const run = useAgentMutation('plans', 'run');
  const drill = useAgentMutation('plans', 'drill');
  const pause = useAgentMutation('plans', 'pause');
  const resume = useAgentMutation('plans', 'resume');
  const params = { id: plan.id };
  const error = run.error ?? drill.error ?? pause.error ?? resume.error;
  return (
    <>
      {plan.paused === undefined ? (
        <RunPlan
          plan={plan.name}
          isBusy={state === 'running' || state === 'queued' || run.isPending}
          onRun={() => run.mutate({ params, body: {} })}
        />
      ) : (
        <Button size="xs" variant="light" loading={resume.isPending} onClick={() => resume.mutate({ params })}>
          {t('action.resume')}
        </Button>
      )}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={t('action.more', { plan: plan.name })}>
            <Ellipsis size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component={Link} href={`/restore/${plan.id}`} leftSection={<Undo2 size={16} aria-hidden />}>
            {t('action.restore')}
          </Menu.Item>
          <Menu.Item component={Link} href={`/plans/${plan.id}`} leftSection={<Pencil size={16} aria-hidden />}>
            {t('action.edit')}
          </Menu.Item>
          <Menu.Item
            disabled={lastGoodAt === undefined}
            leftSection={<FlaskConical size={16} aria-hidden />}
            onClick={() => drill.mutate({ params })}
          >
            {t('action.drill')}
          </Menu.Item>
          {plan.paused === undefined && (
            <Menu.Item
              leftSection={<Pause size={16} aria-hidden />}
              onClick={() => pause.mutate({ params, body: { for: 'resumed' } })}
            >
              {t('action.pause')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {error !== null && <ErrorAlert error={error} />}
    </>
  );
}
