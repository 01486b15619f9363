import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import type { BackupProps } from './backup-actions.tsx';

export interface BackupFormProps extends BackupProps {
  readonly onDone: () => void;
}

interface FrameProps {
  readonly children: ReactNode;
  readonly submitLabel: string;
  readonly onSubmit: () => void;
  readonly pending: boolean;
  readonly error: unknown;
  readonly disabled?: boolean;
  /** Something is removed. */
  readonly destructive?: boolean;
}

/** Fields, what went wrong, and the button. */
export function BackupForm(props: FrameProps) {
  const { children, submitLabel, onSubmit, pending, error, disabled = false, destructive = false } = props;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Stack>
        {children}
        {error !== null && <ErrorAlert error={error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={pending} disabled={disabled} {...(destructive ? { color: 'red.9' } : {})}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
