import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { Pencil } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Section } from '../../../components/section.tsx';
import { useAgentMutation } from '../../../data/agent-call.ts';
import { TestResult } from '../connection/test-result.tsx';
import type { RemoteView } from '../remote-view.ts';

/** Whether it works; another credential; everything else in the form. */
export function Connection({ view: { remote } }: { readonly view: RemoteView }) {
  const { t } = useTranslation(['remotes', 'common']);
  const [opened, dialog] = useDisclosure(false);
  const params = { id: remote.id };
  const test = useAgentMutation('remotes', 'test');
  return (
    <Section title={t('remotes:connection.title')} description={t('remotes:connection.how')}>
      <Group gap="sm">
        <Button
          component={Link}
          href={`/remotes/${remote.id}/edit`}
          variant="light"
          leftSection={<Pencil size={16} aria-hidden />}
        >
          {t('remotes:edit.action')}
        </Button>
        <Button variant="default" loading={test.isPending} onClick={() => test.mutate({ params })}>
          {t('remotes:test.action')}
        </Button>
        <Button variant="default" onClick={dialog.open}>
          {t('remotes:connection.setCredential')}
        </Button>
      </Group>
      {test.error !== null && <ErrorAlert error={test.error} />}
      {test.data !== undefined && <TestResult message={test.data.message} />}
      <Modal
        opened={opened}
        onClose={dialog.close}
        title={t('remotes:connection.setCredential')}
        closeButtonProps={{ 'aria-label': t('common:action.close') }}
      >
        <CredentialForm
          remoteId={remote.id}
          onDone={() => {
            notifications.show({ message: t('remotes:saved'), color: 'tide' });
            dialog.close();
          }}
        />
      </Modal>
    </Section>
  );
}

function CredentialForm({ remoteId, onDone }: { readonly remoteId: string; readonly onDone: () => void }) {
  const { t } = useTranslation('remotes');
  const [credential, setCredential] = useState('');
  const change = useAgentMutation('remotes', 'setCredential', { onSuccess: onDone });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ params: { id: remoteId }, body: { credential } });
      }}
    >
      <Stack>
        <Text size="sm">{t('connection.credentialHow')}</Text>
        <PasswordInput
          label={t('field.credential')}
          required
          data-autofocus
          autoComplete="new-password"
          value={credential}
          onChange={(event) => setCredential(event.currentTarget.value)}
        />
        {change.error !== null && <ErrorAlert error={change.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={change.isPending} disabled={credential === ''}>
            {t('edit.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
