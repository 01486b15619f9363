import { Button } from '@mantine/core';
import { KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { saveEmergencyKit } from '../../components/save-emergency-kit.ts';
import { useAgentMutation } from '../../data/agent-call.ts';

/** One page with all that is needed to get the files back, the password too. */
export function EmergencyKit({ id }: { readonly id: string }) {
  const { t } = useTranslation('repositories');
  const kit = useAgentMutation('repositories', 'emergencyKit', { onSuccess: ({ text }) => saveEmergencyKit(text) });
  return (
    <>
      <Button
        variant="light"
        leftSection={<KeyRound size={16} aria-hidden />}
        loading={kit.isPending}
        onClick={() => kit.mutate({ params: { id } })}
      >
        {t('kit.save')}
      </Button>
      {kit.error !== null && <ErrorAlert error={kit.error} />}
    </>
  );
}
