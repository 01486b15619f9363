import { Alert, Button, Group, Paper, Stack, Stepper, Text, Title } from '@mantine/core';
import { CircleCheck } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { Page } from '../../components/page.tsx';
import { useFormat } from '../../components/use-format.ts';
import { type CallAnswer, useAgentMutation } from '../../data/agent-call.ts';
import { AccessStep } from './access-step.tsx';
import { BackToRepositories } from './back-to-repositories.tsx';
import { EmergencyKit } from './emergency-kit.tsx';
import { destinationOf, newPlace, type Place } from './place/place.ts';
import { PlaceFields } from './place/place-fields.tsx';
import { PlaceTrouble } from './place/trouble.tsx';

export type TestedPlace = CallAnswer<'repositories', 'test'>;

/** Where it is, then its name and password; then the key is to be kept elsewhere. */
export function AddRepository() {
  const { t } = useTranslation('repositories');
  const [place, setPlace] = useState(() => newPlace('local'));
  const [tested, setTested] = useState<TestedPlace>();
  const [step, setStep] = useState(0);
  const [addedId, setAddedId] = useState<string>();
  const heading = useFocusOn(step);
  return (
    <Page title={t('add.title')} description={<BackToRepositories />}>
      <Stepper
        active={step}
        size="sm"
        allowNextStepsSelect={false}
        {...(addedId === undefined ? { onStepClick: setStep } : {})}
      >
        <Stepper.Step label={t('step.where')} />
        <Stepper.Step label={t('step.access')} />
        <Stepper.Step label={t('step.key')} />
      </Stepper>
      <Paper p="lg" component="section" ref={heading} tabIndex={-1} aria-label={t(stepKeys[step] ?? 'step.where')}>
        {step === 0 && (
          <WhereStep
            place={place}
            onChange={(next) => {
              setPlace(next);
              setTested(undefined);
            }}
            tested={tested}
            onTested={setTested}
            onNext={() => setStep(1)}
          />
        )}
        {step === 1 && tested !== undefined && (
          <AccessStep
            place={place}
            tested={tested}
            onBack={() => setStep(0)}
            onAdded={(id) => {
              setAddedId(id);
              setStep(2);
            }}
          />
        )}
        {step === 2 && addedId !== undefined && <Done id={addedId} />}
      </Paper>
    </Page>
  );
}

const stepKeys = ['step.where', 'step.access', 'step.key'] as const;

interface WhereStepProps {
  readonly place: Place;
  readonly onChange: (place: Place) => void;
  readonly tested: TestedPlace | undefined;
  readonly onTested: (tested: TestedPlace) => void;
  readonly onNext: () => void;
}

function WhereStep({ place, onChange, tested, onTested, onNext }: WhereStepProps) {
  const { t } = useTranslation('repositories');
  const test = useAgentMutation('repositories', 'test', { onSuccess: onTested });
  const run = (of: Place) => test.mutate({ body: destinationOf(of) });
  const accept = (hostKey: string) => {
    const trusted = { ...place, settings: { ...place.settings, hostKey } };
    onChange(trusted);
    run(trusted);
  };
  const change = (next: Place) => {
    test.reset();
    onChange(next);
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (tested === undefined) run(place);
        else onNext();
      }}
    >
      <Stack>
        <PlaceFields place={place} onChange={change} />
        {test.error !== null && <PlaceTrouble error={test.error} onAccept={accept} />}
        {tested !== undefined && <Found tested={tested} />}
        <Group justify="flex-end">
          {tested !== undefined && (
            <Button variant="default" onClick={() => run(place)} loading={test.isPending}>
              {t('place.testAgain')}
            </Button>
          )}
          <Button type="submit" loading={test.isPending} disabled={place.address.trim() === ''}>
            {t(tested === undefined ? 'place.test' : 'next')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Found({ tested: { state, freeBytes } }: { readonly tested: TestedPlace }) {
  const { t } = useTranslation('repositories');
  const format = useFormat();
  return (
    <Alert color="tide" icon={<CircleCheck aria-hidden />} title={t('found.works')} role="status">
      {t(state === 'empty' ? 'found.empty' : 'found.repository')}{' '}
      {freeBytes !== undefined && t('found.free', { size: format.bytes(freeBytes) })}
    </Alert>
  );
}

function Done({ id }: { readonly id: string }) {
  const { t } = useTranslation('repositories');
  return (
    <Stack>
      <Title order={2}>{t('done.title')}</Title>
      <Text>{t('kit.text')}</Text>
      <Group>
        <EmergencyKit id={id} />
        <Button component={Link} href={`/repositories/${id}`} variant="default">
          {t('done.open')}
        </Button>
        <Button component={Link} href="/plans/new" variant="default">
          {t('done.plan')}
        </Button>
      </Group>
    </Stack>
  );
}

/** A new step has the focus, so that keyboards and screen readers go on there. */
function useFocusOn(step: number) {
  const section = useRef<HTMLElement>(null);
  const shown = useRef(step);
  useEffect(() => {
    if (shown.current === step) return;
    shown.current = step;
    section.current?.focus();
  }, [step]);
  return section;
}
