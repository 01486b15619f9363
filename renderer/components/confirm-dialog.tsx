import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from './error-alert.tsx';

interface ConfirmDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** A question. */
  readonly title: string;
  /** What happens, and what will be lost. */
  readonly children: ReactNode;
  /** The verb on the button. */
  readonly confirmLabel: string;
  readonly onConfirm: () => void;
  /** To be typed before the button works. */
  readonly typed?: string;
  /** Something is removed. */
  readonly destructive?: boolean;
  /** It is being done. */
  readonly pending?: boolean;
  /** It failed. */
  readonly error?: unknown;
}

/** Asks before something is done that cannot be undone. */
export function ConfirmDialog({ opened, onClose, title, ...content }: ConfirmDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <ConfirmContent {...content} onClose={onClose} />
    </Modal>
  );
}

function ConfirmContent(props: Omit<ConfirmDialogProps, 'opened' | 'title'>) {
  const { onClose, children, confirmLabel, onConfirm, typed, destructive = false, pending = false, error } = props;
  const { t } = useTranslation();
  const [text, setText] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onConfirm();
      }}
    >
      <Stack>
        <Text component="div">{children}</Text>
        {typed !== undefined && (
          <TextInput
            label={t('confirm.type', { text: typed })}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        {error !== undefined && error !== null && <ErrorAlert error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button
            type="submit"
            {...(destructive ? { color: 'red.9' } : {})}
            loading={pending}
            disabled={typed !== undefined && text !== typed}
          >
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
