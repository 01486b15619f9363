import { Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { agentQuery, useAgentMutation } from '../../../data/agent-call.ts';
import { BackupForm, type BackupFormProps } from './backup-form.tsx';

/** A copy of it in a repository, as a snapshot. */
export function IngestForm({ view: { remote }, backup, onDone }: BackupFormProps) {
  const { t } = useTranslation('remotes');
  const { data: repositories = [] } = useQuery(agentQuery('repositories', 'list'));
  const [chosen, setChosen] = useState(remote.ingestInto);
  const ingest = useAgentMutation('remotes', 'ingest', { onSuccess: onDone });
  const repositoryId = chosen ?? repositories[0]?.repository.id;
  return (
    <BackupForm
      submitLabel={t('ingest.submit')}
      disabled={repositoryId === undefined}
      pending={ingest.isPending}
      error={ingest.error}
      onSubmit={() =>
        repositoryId !== undefined &&
        ingest.mutate({ params: { id: remote.id, backup: backup.id }, body: { repositoryId } })
      }
    >
      <Text size="sm">{t('ingest.how')}</Text>
      <Select
        label={t('ingest.repository')}
        allowDeselect={false}
        data-autofocus
        data={repositories.map(({ repository }) => ({ value: repository.id, label: repository.name }))}
        value={repositoryId ?? null}
        onChange={(value) => value !== null && setChosen(value)}
      />
    </BackupForm>
  );
}
