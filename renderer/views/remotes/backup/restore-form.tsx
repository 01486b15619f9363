import { Alert, Checkbox, Text, TextInput } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAgentMutation } from '../../../data/agent-call.ts';
import { BackupForm, type BackupFormProps } from './backup-form.tsx';

/** Into its own place, which may be emptied first where the dialect can; or to a path of the remote, which is then needed. */
export function RestoreForm({ view: { remote, capabilities }, backup, onDone }: BackupFormProps) {
  const { t } = useTranslation('remotes');
  const [target, setTarget] = useState('');
  const [truncate, setTruncate] = useState(false);
  const restore = useAgentMutation('remotes', 'restore', { onSuccess: onDone });
  const takesPath = capabilities?.restoreInto === 'path';
  const path = target.trim();
  return (
    <BackupForm
      submitLabel={t(truncate ? 'restore.truncateSubmit' : 'restore.submit')}
      destructive={truncate}
      disabled={takesPath && path === ''}
      pending={restore.isPending}
      error={restore.error}
      onSubmit={() =>
        restore.mutate({
          params: { id: remote.id, backup: backup.id },
          body: { truncate, ...(takesPath ? { target: path } : {}) },
        })
      }
    >
      <Text size="sm">{t(takesPath ? 'restore.pathHow' : 'restore.placeHow', { remote: remote.name })}</Text>
      {takesPath && (
        <TextInput
          label={t('restore.target')}
          required
          data-autofocus
          spellCheck={false}
          value={target}
          onChange={(event) => setTarget(event.currentTarget.value)}
        />
      )}
      {capabilities?.restoreTruncates === true && (
        <Checkbox
          label={t('restore.truncate')}
          checked={truncate}
          onChange={(event) => setTruncate(event.currentTarget.checked)}
        />
      )}
      {truncate && (
        <Alert color="red" icon={<TriangleAlert aria-hidden />} role="alert" title={t('restore.truncateTitle')}>
          {t('restore.truncateText', { remote: remote.name })}
        </Alert>
      )}
    </BackupForm>
  );
}
