import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';

interface ChannelDialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly onSave: () => void;
  readonly pending: boolean;
  readonly error: unknown;
  readonly children: ReactNode;
}

/** The form of one webhook or ping. */
export function ChannelDialog({ title, onClose, onSave, pending, error, children }: ChannelDialogProps) {
  const { t } = useTranslation(['settings', 'common']);
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common:action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSave();
        }}
      >
        <Stack>
          {children}
          {error !== null && <ErrorAlert error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('settings:cancel')}
            </Button>
            <Button type="submit" loading={pending}>
              {t('settings:save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
