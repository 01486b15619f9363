import { Button, Group, Modal, PasswordInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { CloudDownload } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { useAgentMutation } from '../../../data/agent-call.ts';
import { databaseTypes } from '../order/order.ts';
import type { RemoteView } from '../remote-view.ts';

/** Lets the remote take in a backup from an address. */
export function ImportBackup({ view: { remote } }: { readonly view: RemoteView }) {
  const { t } = useTranslation(['remotes', 'common']);
  const [opened, dialog] = useDisclosure(false);
  return (
    <>
      <Button variant="default" leftSection={<CloudDownload size={16} aria-hidden />} onClick={dialog.open}>
        {t('remotes:import.action')}
      </Button>
      <Modal
        opened={opened}
        onClose={dialog.close}
        title={t('remotes:import.title', { name: remote.name })}
        closeButtonProps={{ 'aria-label': t('common:action.close') }}
      >
        <ImportForm remoteId={remote.id} onDone={dialog.close} />
      </Modal>
    </>
  );
}

function ImportForm({ remoteId, onDone }: { readonly remoteId: string; readonly onDone: () => void }) {
  const { t } = useTranslation('remotes');
  const [group, setGroup] = useState('');
  const [databaseType, setDatabaseType] = useState<string>(databaseTypes[0]);
  const [url, setUrl] = useState('');
  const start = useAgentMutation('remotes', 'import', { onSuccess: onDone });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate({ params: { id: remoteId }, body: { group: group.trim(), databaseType, url: url.trim() } });
      }}
    >
      <Stack>
        <TextInput
          label={t('import.group')}
          description={t('import.groupHow')}
          required
          data-autofocus
          value={group}
          onChange={(event) => setGroup(event.currentTarget.value)}
        />
        <Select
          label={t('import.database')}
          allowDeselect={false}
          data={databaseTypes.map((value) => ({ value, label: t(`database.${value}`) }))}
          value={databaseType}
          onChange={(value) => value !== null && setDatabaseType(value)}
        />
        <PasswordInput
          label={t('import.url')}
          description={t('import.urlHow')}
          required
          autoComplete="off"
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <Text size="sm">{t('import.how')}</Text>
        {start.error !== null && <ErrorAlert error={start.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={start.isPending} disabled={group.trim() === '' || url.trim() === ''}>
            {t('import.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
