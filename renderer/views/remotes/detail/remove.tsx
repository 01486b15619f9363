import { Button, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Trash2, Unplug } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { Section } from '../../../components/section.tsx';
import { useFormat } from '../../../components/use-format.ts';
import { useAgentMutation } from '../../../data/agent-call.ts';
import { canDo, type RemoteView } from '../remote-view.ts';

/** Off the list, which loses nothing there; and all of its backups, which does: its name is to be typed. */
export function Remove({ view }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  return (
    <Section title={t('remove.title')} description={t('remove.description')}>
      <Group gap="sm">
        <TakeOff view={view} />
        {canDo(view, 'destroyRepository') && <Destroy view={view} />}
      </Group>
    </Section>
  );
}

function TakeOff({ view: { remote } }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  const [, goTo] = useLocation();
  const [opened, dialog] = useDisclosure(false);
  const remove = useAgentMutation('remotes', 'remove', { onSuccess: () => goTo('/remotes') });
  return (
    <>
      <Button variant="light" color="red" leftSection={<Unplug size={16} aria-hidden />} onClick={dialog.open}>
        {t('remove.action')}
      </Button>
      <ConfirmDialog
        opened={opened}
        onClose={dialog.close}
        title={t('remove.question', { name: remote.name })}
        confirmLabel={t('remove.action')}
        destructive
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ params: { id: remote.id } })}
      >
        {t('remove.text')}
      </ConfirmDialog>
    </>
  );
}

function Destroy({ view: { remote, counts } }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  const format = useFormat();
  const [opened, dialog] = useDisclosure(false);
  const destroy = useAgentMutation('remotes', 'destroy', { onSuccess: dialog.close });
  return (
    <>
      <Button variant="light" color="red" leftSection={<Trash2 size={16} aria-hidden />} onClick={dialog.open}>
        {t('destroy.action')}
      </Button>
      <ConfirmDialog
        opened={opened}
        onClose={dialog.close}
        title={t('destroy.question', { name: remote.name })}
        confirmLabel={t('destroy.action')}
        typed={remote.name}
        destructive
        pending={destroy.isPending}
        error={destroy.error}
        onConfirm={() => destroy.mutate({ params: { id: remote.id }, body: { confirm: remote.id } })}
      >
        {t('destroy.text', { count: counts.backups, backups: format.count(counts.backups) })}
      </ConfirmDialog>
    </>
  );
}
