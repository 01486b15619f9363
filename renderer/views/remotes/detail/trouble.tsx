import { Alert } from '@mantine/core';
import { KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { useFormat } from '../../../components/use-format.ts';
import type { RemoteView } from '../remote-view.ts';

/** It does not answer: why, since when, and from when what is shown is. Or nobody may ask. */
export function Trouble({ view: { credential, failure, answeredAt } }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  const format = useFormat();
  if (credential === 'none') {
    return (
      <Alert color="orange" icon={<KeyRound aria-hidden />} title={t('state.noCredential')}>
        {t('trouble.noCredential')}
      </Alert>
    );
  }
  if (failure === undefined) return null;
  const known =
    answeredAt === undefined ? t('trouble.nothingKnown') : t('trouble.known', { time: format.time(answeredAt) });
  return <ErrorAlert error={failure} title={t('trouble.title', { time: format.time(failure.since) })} action={known} />;
}
