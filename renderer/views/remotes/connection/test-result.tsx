import { Alert } from '@mantine/core';
import { CircleCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../../../i18n/use-sentence.ts';

/** What the remote said when it was tried. */
export function TestResult({ message }: { readonly message: string }) {
  const { t } = useTranslation('remotes');
  const sentence = useSentence();
  return (
    <Alert color="tide" icon={<CircleCheck aria-hidden />} title={t('test.works')} role="status">
      {t('test.says', { message: sentence(message) })}
    </Alert>
  );
}
