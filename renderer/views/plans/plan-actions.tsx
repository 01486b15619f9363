import { ActionIcon, Button, Menu } from '@mantine/core';
import { Ellipsis, FlaskConical, Pencil, Play, Trash2, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { RunPlan } from '../../components/run-plan.tsx';
import { useAgentMutation } from '../../data/agent-call.ts';
import { DeletePlan } from './delete-plan.tsx';
import type { PlanView } from './plan-row.tsx';
import classes from './plans.module.css';

const pauses = ['hour', 'tomorrow', 'resumed'] as const;

/** Back up now or resume; everything else in a menu. */
export function PlanActions({ view }: { readonly view: PlanView }) {
  const { t } = useTranslation(['plans', 'common']);
  const [isDeleting, setDeleting] = useState(false);
  const run = useAgentMutation('plans', 'run');
  const drill = useAgentMutation('plans', 'drill');
  const pause = useAgentMutation('plans', 'pause');
  const resume = useAgentMutation('plans', 'resume');
  const release = useAgentMutation('plans', 'release');
  const { plan, state } = view;
  const params = { id: plan.id };
  const start = () => run.mutate({ params, body: {} });
  const isBusy = state === 'running' || state === 'queued' || run.isPending;
  const error = run.error ?? drill.error ?? pause.error ?? resume.error ?? release.error;
  return (
    <>
      {state === 'held' && (
        <Button size="xs" variant="light" loading={release.isPending} onClick={() => release.mutate({ params })}>
          {t('action.release')}
        </Button>
      )}
      {plan.paused === undefined ? (
        <RunPlan plan={plan.name} isBusy={isBusy} onRun={start} />
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
          {plan.paused !== undefined && (
            <Menu.Item disabled={isBusy} leftSection={<Play size={16} aria-hidden />} onClick={start}>
              {t('common:action.run')}
            </Menu.Item>
          )}
          <Menu.Item component={Link} href={`/plans/${plan.id}`} leftSection={<Pencil size={16} aria-hidden />}>
            {t('action.edit')}
          </Menu.Item>
          <Menu.Item component={Link} href={`/restore/${plan.id}`} leftSection={<Undo2 size={16} aria-hidden />}>
            {t('action.restore')}
          </Menu.Item>
          <Menu.Item
            disabled={isBusy}
            leftSection={<Play size={16} aria-hidden />}
            onClick={() => run.mutate({ params, body: { full: true } })}
          >
            {t('action.runFull')}
          </Menu.Item>
          <Menu.Item
            disabled={view.lastGoodAt === undefined}
            leftSection={<FlaskConical size={16} aria-hidden />}
            onClick={() => drill.mutate({ params })}
          >
            {t('action.drill')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Label>{t('pause.label')}</Menu.Label>
          {pauses.map((length) => (
            <Menu.Item key={length} onClick={() => pause.mutate({ params, body: { for: length } })}>
              {t(`pause.${length}`)}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<Trash2 size={16} aria-hidden />} onClick={() => setDeleting(true)}>
            {t('action.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {error !== null && (
        <div className={classes.error}>
          <ErrorAlert error={error} />
        </div>
      )}
      <DeletePlan plan={plan} opened={isDeleting} onClose={() => setDeleting(false)} />
    </>
  );
}
