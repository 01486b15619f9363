import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { CircleSlash } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { useAgentMutation } from '../../../data/agent-call.ts';
import type { RemoteView } from '../remote-view.ts';

/** Ends everything that goes on there, also what others started. */
export function CancelAll({ view: { remote } }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  const [opened, dialog] = useDisclosure(false);
  const cancelAll = useAgentMutation('remotes', 'cancelAll', { onSuccess: dialog.close });
  return (
    <>
      <Button variant="default" leftSection={<CircleSlash size={16} aria-hidden />} onClick={dialog.open}>
        {t('cancelAll.action')}
      </Button>
      <ConfirmDialog
        opened={opened}
        onClose={dialog.close}
        title={t('cancelAll.question', { name: remote.name })}
        confirmLabel={t('cancelAll.action')}
        destructive
        pending={cancelAll.isPending}
        error={cancelAll.error}
        onConfirm={() => cancelAll.mutate({ params: { id: remote.id } })}
      >
        {t('cancelAll.text')}
      </ConfirmDialog>
    </>
  );
}
