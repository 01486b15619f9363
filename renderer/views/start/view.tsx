import { Button, Group, Paper, Stack, Stepper } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { HoldfastError } from '../../../src/control/errors.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Page } from '../../components/page.tsx';
import type { JobView } from '../../data/apply-jobs.ts';
import { type Choices, firstChoices } from './choices.ts';
import { FirstBackup } from './first-backup.tsx';
import { startBackup } from './start-backup.ts';
import { WhatStep } from './what-step.tsx';
import { WhenStep } from './when-step.tsx';
import { WhereStep } from './where-step.tsx';

const steps = ['what', 'when', 'where'] as const;

/** Three steps to a running backup. */
export function View() {
  const { t } = useTranslation('start');
  const [job, setJob] = useState<JobView>();
  return (
    <Page
      title={job === undefined ? t('title') : t('done.title')}
      {...(job === undefined ? { description: t('intro') } : {})}
    >
      {job === undefined ? <Steps onStarted={setJob} /> : <FirstBackup jobId={job.id} />}
    </Page>
  );
}

export interface StepProps {
  readonly choices: Choices;
  readonly onChange: (change: Partial<Choices>) => void;
}

function Steps({ onStarted }: { readonly onStarted: (job: JobView) => void }) {
  const { t } = useTranslation('start');
  const [at, setAt] = useState(0);
  const [choices, setChoices] = useState(firstChoices);
  const queryClient = useQueryClient();
  const start = useMutation<JobView, HoldfastError>({
    mutationFn: () => startBackup(choices, t('planName')),
    onSuccess: (job) => {
      void queryClient.invalidateQueries();
      onStarted(job);
    },
  });
  const step = useFocusOnStep(at);
  const props: StepProps = { choices, onChange: (change) => setChoices((now) => ({ ...now, ...change })) };
  const isLast = at === steps.length - 1;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isLast) start.mutate();
        else setAt(at + 1);
      }}
    >
      <Stack gap="lg">
        <Stepper active={at} onStepClick={setAt} size="sm" allowNextStepsSelect={false}>
          {steps.map((name) => (
            <Stepper.Step key={name} label={t(`step.${name}`)} />
          ))}
        </Stepper>
        <Paper p="lg" ref={step} tabIndex={-1} component="section" aria-label={t(`step.${steps[at] ?? 'what'}`)}>
          {at === 0 && <WhatStep {...props} />}
          {at === 1 && <WhenStep {...props} />}
          {isLast && <WhereStep {...props} />}
        </Paper>
        {start.error !== null && <ErrorAlert error={start.error} />}
        <Group justify="space-between">
          {at === 0 ? (
            <Button variant="subtle" component={Link} href="/">
              {t('later')}
            </Button>
          ) : (
            <Button variant="default" onClick={() => setAt(at - 1)}>
              {t('back')}
            </Button>
          )}
          <Button type="submit" loading={start.isPending} disabled={!isComplete(choices, at)}>
            {isLast ? t('start') : t('next')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function isComplete({ sources, rhythm, time, where }: Choices, at: number): boolean {
  if (at === 0) return sources.length > 0;
  if (at === 1) return rhythm !== 'daily' || time !== '';
  return where !== undefined && (where.kind === 'repository' || where.path !== '');
}

/** A new step has the focus, so that keyboards and screen readers go on there. */
function useFocusOnStep(at: number) {
  const step = useRef<HTMLElement>(null);
  const shown = useRef(at);
  useEffect(() => {
    if (shown.current === at) return;
    shown.current = at;
    step.current?.focus();
  }, [at]);
  return step;
}
