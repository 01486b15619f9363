import { Alert, Stack, Text } from '@mantine/core';
import { CircleAlert, CircleX, Info } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useAgentMutation } from '../../data/agent-call.ts';
import { useSentence } from '../../i18n/use-sentence.ts';
import type { StatusView } from './summary-of.ts';

type Notice = StatusView['notices'][number];

const looks = {
  info: { color: 'blue', Icon: Info },
  warning: { color: 'orange', Icon: CircleAlert },
  error: { color: 'red', Icon: CircleX },
} as const;

/** What the agent wants to be known, until it is closed. */
export function Notices({ notices }: { readonly notices: readonly Notice[] }) {
  const { t } = useTranslation('home');
  const sentence = useSentence();
  const dismiss = useAgentMutation('agent', 'dismiss');
  if (notices.length === 0) return null;
  return (
    <Stack component="section" gap="sm" aria-label={t('notices.label')}>
      {notices.map(({ id, level, message, hint }) => {
        const { color, Icon } = looks[level];
        return (
          <Alert
            key={id}
            color={color}
            icon={<Icon aria-hidden />}
            title={sentence(message)}
            withCloseButton
            closeButtonLabel={t('notices.dismiss')}
            onClose={() => dismiss.mutate({ params: { id } })}
          >
            {hint !== undefined && <Text size="sm">{sentence(hint)}</Text>}
          </Alert>
        );
      })}
    </Stack>
  );
}
