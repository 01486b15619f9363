import { Button, Group } from '@mantine/core';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { Section } from '../../../components/section.tsx';
import { useAgentMutation } from '../../../data/agent-call.ts';
import type { RepositoryView } from '../repository-list.tsx';

/** Off the list; its files stay. The password is forgotten, so its name is to be typed. */
export function Remove({ view: { repository } }: { readonly view: RepositoryView }) {
  const { t } = useTranslation('repositories');
  const [, goTo] = useLocation();
  const [isAsking, setAsking] = useState(false);
  const remove = useAgentMutation('repositories', 'remove', { onSuccess: () => goTo('/repositories') });
  return (
    <Section title={t('remove.title')} description={t('remove.description')}>
      <Group>
        <Button
          variant="light"
          color="red"
          leftSection={<Trash2 size={16} aria-hidden />}
          onClick={() => setAsking(true)}
        >
          {t('remove.confirm')}
        </Button>
      </Group>
      <ConfirmDialog
        opened={isAsking}
        onClose={() => {
          remove.reset();
          setAsking(false);
        }}
        title={t('remove.question', { name: repository.name })}
        confirmLabel={t('remove.confirm')}
        typed={repository.name}
        destructive
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ params: { id: repository.id } })}
      >
        {t('remove.text')}
      </ConfirmDialog>
    </Section>
  );
}
