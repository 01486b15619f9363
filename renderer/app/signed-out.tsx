import { Button, Code, Stack, Text, Title } from '@mantine/core';
import { KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { type HoldfastError, isHoldfastError } from '../../src/control/errors.ts';
import { ErrorAlert } from '../components/error-alert.tsx';
import { Mark } from './mark.tsx';
import classes from './signed-out.module.css';

/** Instead of everything: the agent does not accept this page, and how to be let in again. */
export function SignedOut({ error }: { readonly error: HoldfastError }) {
  const { t } = useTranslation();
  const isLogin = isHoldfastError(error, 'unauthenticated');
  return (
    <main className={classes.page}>
      <Stack gap="lg" maw={520}>
        <Mark />
        <Title order={1}>{isLogin ? t('connection.signedOut') : t('connection.refused')}</Title>
        {isLogin ? (
          <>
            <Text>{t('connection.signedOutHow')}</Text>
            <Code block fz="md">
              {t('connection.signedOutCommand')}
            </Code>
            <Text c="dimmed">{t('connection.signedOutOr')}</Text>
          </>
        ) : (
          <ErrorAlert error={error} />
        )}
        <Button leftSection={<KeyRound size={16} aria-hidden />} onClick={() => location.reload()} variant="default">
          {t('connection.reload')}
        </Button>
      </Stack>
    </main>
  );
}
