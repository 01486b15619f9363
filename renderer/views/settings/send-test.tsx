import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { useAgentMutation } from '../../data/agent-call.ts';

/** Sends a test message by a channel, and says whether it arrived. */
export function SendTest({ id, label }: { readonly id: string; readonly label?: string }) {
  const { t } = useTranslation('settings');
  const test = useAgentMutation('settings', 'testTelling', {
    onSuccess: () => notifications.show({ message: t('test.sent'), color: 'tide' }),
  });
  return (
    <>
      <Button
        variant="default"
        size="xs"
        loading={test.isPending}
        aria-label={label}
        onClick={() => test.mutate({ params: { id } })}
      >
        {t('test.send')}
      </Button>
      {test.error !== null && <ErrorAlert error={test.error} />}
    </>
  );
}
