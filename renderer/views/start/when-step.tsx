import { Stack, TextInput, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ChoiceCard } from '../../components/choice-cards.tsx';
import { rhythms } from './choices.ts';
import type { StepProps } from './view.tsx';

export function WhenStep({ choices, onChange }: StepProps) {
  const { t } = useTranslation('start');
  return (
    <Stack role="radiogroup" aria-label={t('step.when')}>
      <Title order={2}>{t('when.title')}</Title>
      {rhythms.map((rhythm) => (
        <ChoiceCard
          key={rhythm}
          type="radio"
          label={t(`when.${rhythm}`)}
          description={t(`when.${rhythm}How`)}
          checked={choices.rhythm === rhythm}
          onChange={() => onChange({ rhythm })}
        />
      ))}
      {choices.rhythm === 'daily' && (
        <TextInput
          type="time"
          label={t('when.time')}
          value={choices.time}
          maw={160}
          required
          onChange={(event) => onChange({ time: event.currentTarget.value })}
        />
      )}
    </Stack>
  );
}
