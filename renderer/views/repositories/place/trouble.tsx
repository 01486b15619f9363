import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { HoldfastError } from '../../../../src/control/errors.ts';
import { ErrorAlert } from '../../../components/error-alert.tsx';

interface PlaceTroubleProps {
  readonly error: HoldfastError;
  /** The key of an SSH server that is not known yet was accepted. */
  readonly onAccept: (hostKey: string) => void;
}

/** Why a place could not be used; where it is an SSH server that nobody knows yet, whether it is the right one. */
export function PlaceTrouble({ error, onAccept }: PlaceTroubleProps) {
  const { t } = useTranslation('repositories');
  const { hostKey, fingerprint, host } = error.context;
  if (typeof hostKey !== 'string' || typeof fingerprint !== 'string') return <ErrorAlert error={error} />;
  return (
    <Alert color="orange" icon={<KeyRound aria-hidden />} title={t('hostKey.title', { host })} role="alert">
      <Stack gap="sm">
        <Text size="sm">{t('hostKey.text')}</Text>
        <Code block>{fingerprint}</Code>
        <Group>
          <Button size="xs" variant="light" onClick={() => onAccept(hostKey)}>
            {t('hostKey.accept')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
