import { NumberInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Trigger } from '../../../../src/config/trigger.ts';
import { Fields } from '../../../components/fields.tsx';

type Continuous = Extract<Trigger, { kind: 'continuous' }>;

const fields = [
  { name: 'quietSeconds', most: 3600 },
  { name: 'atLeastEveryMinutes', most: 1440 },
  { name: 'fullScanHours', most: 720 },
] as const;

interface ContinuousFieldsProps {
  readonly trigger: Continuous;
  readonly onChange: (trigger: Continuous) => void;
}

export function ContinuousFields({ trigger, onChange }: ContinuousFieldsProps) {
  const { t } = useTranslation('plans');
  return (
    <Fields>
      {fields.map(({ name, most }) => (
        <NumberInput
          key={name}
          label={t(`continuous.${name}`)}
          description={t(`continuous.${name}How`)}
          min={1}
          max={most}
          allowDecimal={false}
          value={trigger[name]}
          onChange={(value) => value !== '' && onChange({ ...trigger, [name]: Number(value) })}
        />
      ))}
    </Fields>
  );
}
