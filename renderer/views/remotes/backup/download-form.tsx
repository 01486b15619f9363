import { Button, Group, Text, TextInput } from '@mantine/core';
import { FolderOpen } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FolderPicker } from '../../../components/folder-picker.tsx';
import { useAgentMutation } from '../../../data/agent-call.ts';
import { BackupForm, type BackupFormProps } from './backup-form.tsx';

/** Its archive, into a folder of the agent's machine. */
export function DownloadForm({ view: { remote }, backup, onDone }: BackupFormProps) {
  const { t } = useTranslation('remotes');
  const [folder, setFolder] = useState('');
  const [isPicking, setPicking] = useState(false);
  const download = useAgentMutation('remotes', 'download', { onSuccess: onDone });
  return (
    <>
      <BackupForm
        submitLabel={t('download.submit')}
        disabled={folder.trim() === ''}
        pending={download.isPending}
        error={download.error}
        onSubmit={() =>
          download.mutate({ params: { id: remote.id, backup: backup.id }, body: { folder: folder.trim() } })
        }
      >
        <Text size="sm">{t('download.how')}</Text>
        <Group align="end" gap="sm">
          <TextInput
            flex={1}
            miw={200}
            label={t('download.folder')}
            required
            data-autofocus
            spellCheck={false}
            value={folder}
            onChange={(event) => setFolder(event.currentTarget.value)}
          />
          <Button variant="default" leftSection={<FolderOpen size={16} aria-hidden />} onClick={() => setPicking(true)}>
            {t('download.choose')}
          </Button>
        </Group>
      </BackupForm>
      <FolderPicker
        opened={isPicking}
        onClose={() => setPicking(false)}
        title={t('download.choose')}
        onChoose={setFolder}
        {...(folder.startsWith('/') ? { start: folder } : {})}
      />
    </>
  );
}
