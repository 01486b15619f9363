import { useTranslation } from 'react-i18next';
import { Section } from '../../../components/section.tsx';
import type { PartProps } from '../editor/draft.ts';
import { useFieldError } from '../editor/field-errors.tsx';
import { NextRuns } from './next-runs.tsx';
import { rhythms } from './rhythm.ts';
import { RhythmFields } from './rhythm-fields.tsx';

/** When it runs: a rhythm, its details, and the next five runs in words. */
export function SchedulePart({ draft, onChange }: PartProps) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  const { trigger } = draft;
  return (
    <Section title={t('schedule.title')} description={t('schedule.description')}>
      <RhythmFields trigger={trigger} onChange={(next) => onChange({ ...draft, trigger: next })} rhythms={rhythms} />
      <NextRuns trigger={trigger} error={errorAt('trigger')} />
    </Section>
  );
}
