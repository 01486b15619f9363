import { Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAgentMutation } from '../../../data/agent-call.ts';
import { actionsOn } from '../remote-view.ts';
import { BackupForm, type BackupFormProps } from './backup-form.tsx';

/** Its name and its description, as far as the dialect has them; only what is another one is sent. */
export function DescribeForm({ view, backup, onDone }: BackupFormProps) {
  const { t } = useTranslation('remotes');
  const before = { name: backup.name ?? '', description: backup.description ?? '' };
  const [name, setName] = useState(before.name);
  const [description, setDescription] = useState(before.description);
  const change = useAgentMutation('remotes', 'change', { onSuccess: onDone });
  const can = actionsOn(view, backup);
  const body = {
    ...(name.trim() === before.name ? {} : { name: name.trim() }),
    ...(description === before.description ? {} : { description }),
  };
  return (
    <BackupForm
      submitLabel={t('edit.save')}
      disabled={Object.keys(body).length === 0 || body.name === ''}
      pending={change.isPending}
      error={change.error}
      onSubmit={() => change.mutate({ params: { id: view.remote.id, backup: backup.id }, body })}
    >
      {can.rename && (
        <TextInput
          label={t('order.name')}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      {can.describe && (
        <Textarea
          label={t('order.description')}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
      )}
    </BackupForm>
  );
}
