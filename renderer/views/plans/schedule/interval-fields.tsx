import { Group, NumberInput, Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Trigger } from '../../../../src/config/trigger.ts';

type Interval = Extract<Trigger, { kind: 'interval' }>;

const units = { minutes: 1, hours: 60, days: 1440 } as const;
type Unit = keyof typeof units;
const names: readonly Unit[] = ['minutes', 'hours', 'days'];

interface IntervalFieldsProps {
  readonly trigger: Interval;
  readonly onChange: (trigger: Interval) => void;
}

export function IntervalFields({ trigger, onChange }: IntervalFieldsProps) {
  const { t } = useTranslation('plans');
  const [unit, setUnit] = useState<Unit>(() => largestUnit(trigger.minutes));
  const set = (count: number, of: Unit) => onChange({ kind: 'interval', minutes: count * units[of] });
  const count = trigger.minutes / units[unit];
  return (
    <Group gap="sm" align="end">
      <NumberInput
        label={t('interval.every')}
        w={120}
        min={1}
        allowDecimal={false}
        value={count}
        onChange={(value) => value !== '' && Number(value) >= 1 && set(Number(value), unit)}
      />
      <Select
        aria-label={t('interval.unit')}
        w={140}
        allowDeselect={false}
        data={names.map((value) => ({ value, label: t(`interval.${value}`) }))}
        value={unit}
        onChange={(value) => {
          const next = names.find((name) => name === value) ?? 'minutes';
          setUnit(next);
          set(Math.max(1, Math.round(count)), next);
        }}
      />
    </Group>
  );
}

function largestUnit(minutes: number): Unit {
  if (minutes % units.days === 0) return 'days';
  return minutes % units.hours === 0 ? 'hours' : 'minutes';
}
