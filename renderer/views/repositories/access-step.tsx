import { Button, Group, PasswordInput, Radio, Stack, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { useAgentMutation } from '../../data/agent-call.ts';
import type { TestedPlace } from './add-repository.tsx';
import { destinationOf, type Place } from './place/place.ts';

interface AccessStepProps {
  readonly place: Place;
  readonly tested: TestedPlace;
  readonly onBack: () => void;
  readonly onAdded: (id: string) => void;
}

/** Its name, and the password that it has or will have. */
export function AccessStep({ place, tested, onBack, onAdded }: AccessStepProps) {
  const { t } = useTranslation('repositories');
  const isNew = tested.state === 'empty';
  const [name, setName] = useState(() => nameOf(place.address));
  const [choice, setChoice] = useState<'generated' | 'own'>('generated');
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const add = useAgentMutation('repositories', 'add', { onSuccess: ({ repository }) => onAdded(repository.id) });
  const isOwn = !isNew || choice === 'own';
  const differs = isNew && isOwn && repeated !== '' && repeated !== password;
  const isComplete = name.trim() !== '' && (!isOwn || (password !== '' && (!isNew || repeated === password)));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const body = { name, ...destinationOf(place), mode: isNew ? ('create' as const) : ('open' as const) };
        add.mutate({ body: isOwn ? { ...body, password } : body });
      }}
    >
      <Stack>
        <Title order={2}>{t(isNew ? 'access.new' : 'access.open')}</Title>
        <TextInput
          label={t('access.name')}
          maw={400}
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {isNew && (
          <Radio.Group
            label={t('access.password')}
            value={choice}
            onChange={(value) => setChoice(value === 'own' ? 'own' : 'generated')}
          >
            <Stack gap="xs" mt={6}>
              <Radio value="generated" label={t('access.generated')} description={t('access.generatedHow')} />
              <Radio value="own" label={t('access.own')} description={t('access.ownHow')} />
            </Stack>
          </Radio.Group>
        )}
        {isOwn && (
          <PasswordInput
            label={t(isNew ? 'access.newPassword' : 'access.itsPassword')}
            maw={400}
            required
            autoComplete={isNew ? 'new-password' : 'off'}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
        )}
        {isNew && isOwn && (
          <PasswordInput
            label={t('access.repeat')}
            maw={400}
            required
            autoComplete="new-password"
            value={repeated}
            error={differs ? t('access.differs') : undefined}
            onChange={(event) => setRepeated(event.currentTarget.value)}
          />
        )}
        {add.error !== null && <ErrorAlert error={add.error} />}
        <Group justify="space-between">
          <Button variant="default" onClick={onBack}>
            {t('previous')}
          </Button>
          <Button type="submit" loading={add.isPending} disabled={!isComplete}>
            {t(isNew ? 'access.create' : 'access.add')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The last part of the address, or the server. */
function nameOf(address: string): string {
  return address.split(/[/\\:]/).findLast((part) => part.trim() !== '') ?? '';
}
