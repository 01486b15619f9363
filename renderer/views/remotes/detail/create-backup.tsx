import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RemoteOrder } from '../../../../src/config/remote.ts';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { useAgentMutation } from '../../../data/agent-call.ts';
import { isOrderComplete, orderOf } from '../order/order.ts';
import { OrderFields } from '../order/order-fields.tsx';
import type { Capabilities, RemoteView } from '../remote-view.ts';

/** Lets the remote make a backup; it is followed among the jobs. */
export function CreateBackup({ view: { remote, capabilities } }: { readonly view: RemoteView }) {
  const { t } = useTranslation(['remotes', 'common']);
  const [opened, dialog] = useDisclosure(false);
  if (capabilities === undefined) return null;
  return (
    <>
      <Button leftSection={<Plus size={16} aria-hidden />} onClick={dialog.open}>
        {t('remotes:create.action')}
      </Button>
      <Modal
        opened={opened}
        onClose={dialog.close}
        size="lg"
        title={t('remotes:create.title', { name: remote.name })}
        closeButtonProps={{ 'aria-label': t('common:action.close') }}
      >
        <CreateForm
          remoteId={remote.id}
          // What is asked for by itself is a good beginning.
          initial={remote.schedule?.order ?? {}}
          capabilities={capabilities}
          onDone={dialog.close}
        />
      </Modal>
    </>
  );
}

interface CreateFormProps {
  readonly remoteId: string;
  readonly initial: RemoteOrder;
  readonly capabilities: Capabilities;
  readonly onDone: () => void;
}

function CreateForm({ remoteId, initial, capabilities, onDone }: CreateFormProps) {
  const { t } = useTranslation('remotes');
  const [order, setOrder] = useState(initial);
  const create = useAgentMutation('remotes', 'create', { onSuccess: onDone });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ params: { id: remoteId }, body: orderOf(order, capabilities) });
      }}
    >
      <Stack>
        <Text size="sm">{t('create.how')}</Text>
        <OrderFields order={order} onChange={setOrder} capabilities={capabilities} />
        {create.error !== null && <ErrorAlert error={create.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending} disabled={!isOrderComplete(order, capabilities)}>
            {t('create.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
