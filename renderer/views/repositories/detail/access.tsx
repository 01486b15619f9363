import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Section } from '../../../components/section.tsx';
import { useAgentMutation } from '../../../data/agent-call.ts';
import { EmergencyKit } from '../emergency-kit.tsx';
import { destinationOf, type Place, placeOf } from '../place/place.ts';
import { PlaceFields } from '../place/place-fields.tsx';
import { PlaceTrouble } from '../place/trouble.tsx';
import type { RepositoryView } from '../repository-list.tsx';

type Change = 'rename' | 'move' | 'password';
const changes: readonly Change[] = ['rename', 'move', 'password'];

/** The emergency kit, its name, its place, its password. */
export function Access({ view }: { readonly view: RepositoryView }) {
  const { t } = useTranslation(['repositories', 'common']);
  const [change, setChange] = useState<Change>();
  const close = () => setChange(undefined);
  const done = () => {
    notifications.show({ message: t('repositories:saved'), color: 'tide' });
    close();
  };
  return (
    <Section title={t('repositories:access.title')} description={t('repositories:kit.text')}>
      <Group gap="sm">
        <EmergencyKit id={view.repository.id} />
        {changes.map((one) => (
          <Button key={one} variant="default" onClick={() => setChange(one)}>
            {t(`repositories:change.${one}`)}
          </Button>
        ))}
      </Group>
      <Modal
        opened={change !== undefined}
        onClose={close}
        size="lg"
        title={t(`repositories:change.${change ?? 'rename'}`)}
        closeButtonProps={{ 'aria-label': t('common:action.close') }}
      >
        {change === 'rename' && <Rename view={view} onDone={done} />}
        {change === 'move' && <Move view={view} onDone={done} />}
        {change === 'password' && <SetPassword view={view} onDone={done} />}
      </Modal>
    </Section>
  );
}

interface ChangeProps {
  readonly view: RepositoryView;
  readonly onDone: () => void;
}

function Rename({ view: { repository }, onDone }: ChangeProps) {
  const { t } = useTranslation('repositories');
  const [name, setName] = useState(repository.name);
  const update = useAgentMutation('repositories', 'update', { onSuccess: onDone });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        update.mutate({ params: { id: repository.id }, body: { name, upkeep: repository.upkeep } });
      }}
    >
      <Stack>
        <TextInput
          label={t('access.name')}
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {update.error !== null && <ErrorAlert error={update.error} />}
        <Save pending={update.isPending} />
      </Stack>
    </form>
  );
}

function SetPassword({ view: { repository }, onDone }: ChangeProps) {
  const { t } = useTranslation('repositories');
  const [password, setPassword] = useState('');
  const change = useAgentMutation('repositories', 'setPassword', { onSuccess: onDone });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ params: { id: repository.id }, body: { password } });
      }}
    >
      <Stack>
        <Text size="sm">{t('change.passwordHow')}</Text>
        <PasswordInput
          label={t('access.itsPassword')}
          required
          data-autofocus
          autoComplete="off"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {change.error !== null && <ErrorAlert error={change.error} />}
        <Save pending={change.isPending} />
      </Stack>
    </form>
  );
}

/** Credentials that are not typed anew stay, where the kind of place stays. */
function Move({ view: { repository, credentials }, onDone }: ChangeProps) {
  const { t } = useTranslation('repositories');
  const [place, setPlace] = useState(() => placeOf(repository.location, repository.settings));
  const move = useAgentMutation('repositories', 'move', { onSuccess: onDone });
  const run = (to: Place) => {
    const { credentials: given = {}, ...body } = destinationOf(to);
    const typed = Object.keys(given).length > 0 ? { credentials: given } : {};
    move.mutate({ params: { id: repository.id }, body: { ...body, ...typed } });
  };
  const accept = (hostKey: string) => {
    const trusted = { ...place, settings: { ...place.settings, hostKey } };
    setPlace(trusted);
    run(trusted);
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        run(place);
      }}
    >
      <Stack>
        <Text size="sm">{t('change.moveHow')}</Text>
        <PlaceFields place={place} onChange={setPlace} kept={credentials} />
        {move.error !== null && <PlaceTrouble error={move.error} onAccept={accept} />}
        <Save pending={move.isPending} />
      </Stack>
    </form>
  );
}

function Save({ pending }: { readonly pending: boolean }) {
  const { t } = useTranslation('repositories');
  return (
    <Group justify="flex-end">
      <Button type="submit" loading={pending}>
        {t('save')}
      </Button>
    </Group>
  );
}
