import { Input, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Trigger } from '../../../../src/config/trigger.ts';
import { RelativeTime } from '../../../components/relative-time.tsx';
import { useFormat } from '../../../components/use-format.ts';
import { useTriggerWords } from '../../../components/use-trigger-words.ts';
import { agentQuery } from '../../../data/agent-call.ts';
import { useSentence } from '../../../i18n/use-sentence.ts';
import classes from '../editor/editor.module.css';

interface NextRunsProps {
  readonly trigger: Trigger;
  /** What the agent said of it when it was saved. */
  readonly error: string | undefined;
}

/** The trigger in words, and its next five times. */
export function NextRuns({ trigger, error }: NextRunsProps) {
  const { t } = useTranslation('plans');
  const { language } = useFormat();
  const words = useTriggerWords();
  const sentence = useSentence();
  const [settled] = useDebouncedValue(trigger, 250);
  const { data, error: refused } = useQuery({
    ...agentQuery('plans', 'nextRuns', { body: { trigger: settled, count: 5 } }),
    // Now goes on.
    staleTime: 30_000,
  });
  const day = new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: 'numeric',
    minute: '2-digit',
  });
  if (refused !== null) return <Input.Error role="alert">{sentence(refused.message)}</Input.Error>;
  return (
    <Stack gap={4} component="section" aria-label={t('next.title')} aria-live="polite">
      {error !== undefined && <Input.Error role="alert">{error}</Input.Error>}
      <Text fw={600}>{t('next.words', { words: words(settled) })}</Text>
      {trigger.kind !== 'manual' && trigger.kind !== 'continuous' && (
        <ol className={classes.times}>
          {data?.times.map((time) => (
            <li key={time}>
              {day.format(new Date(time))}{' '}
              <Text component="span" c="dimmed" size="sm">
                (<RelativeTime time={time} />)
              </Text>
            </li>
          ))}
        </ol>
      )}
    </Stack>
  );
}
