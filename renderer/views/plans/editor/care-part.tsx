import { NumberInput, Select, TagsInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Fields } from '../../../components/fields.tsx';
import { Section } from '../../../components/section.tsx';
import { useTriggerWords } from '../../../components/use-trigger-words.ts';
import type { PartProps } from './draft.ts';
import { useFieldError } from './field-errors.tsx';

const day = 1440;
const rhythms = [
  { name: 'daily', minutes: day },
  { name: 'weekly', minutes: 7 * day },
  { name: 'monthly', minutes: 30 * day },
] as const;

/** Proofs by restoring, when to tell of missing backups, tags. */
export function CarePart({ draft, onChange }: PartProps) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  const words = useTriggerWords();
  const { drill, ...others } = draft;
  const known = rhythms.find(({ minutes }) => drill?.kind === 'interval' && drill.minutes === minutes);
  const own = drill !== undefined && known === undefined && drill.kind !== 'manual' ? words(drill) : undefined;
  return (
    <Section title={t('care.title')} description={t('care.description')}>
      <Fields>
        <Select
          label={t('care.drill')}
          description={t('care.drillHow')}
          allowDeselect={false}
          data={[
            ...rhythms.map(({ name }) => ({ value: name, label: t(`care.${name}`) })),
            ...(own === undefined ? [] : [{ value: 'own', label: own }]),
            { value: 'never', label: t('care.never') },
          ]}
          value={known?.name ?? (own === undefined ? 'never' : 'own')}
          error={errorAt('drill')}
          onChange={(value) => {
            const chosen = rhythms.find(({ name }) => name === value);
            if (chosen !== undefined) onChange({ ...others, drill: { kind: 'interval', minutes: chosen.minutes } });
            else if (value === 'never') onChange(others);
          }}
        />
        <NumberInput
          label={t('care.overdue')}
          description={t('care.overdueHow')}
          min={1}
          max={1000}
          allowDecimal={false}
          value={draft.overdueIntervals}
          error={errorAt('overdueIntervals')}
          onChange={(value) => value !== '' && onChange({ ...draft, overdueIntervals: Number(value) })}
        />
        <TagsInput
          label={t('care.tags')}
          description={t('care.tagsHow')}
          value={draft.tags}
          error={errorAt('tags')}
          onChange={(tags) => onChange({ ...draft, tags })}
        />
      </Fields>
    </Section>
  );
}
