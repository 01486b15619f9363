import { Select } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Cron } from './cron-fields.tsx';

interface TimeZoneFieldProps {
  readonly trigger: Cron;
  readonly onChange: (trigger: Cron) => void;
}

/** The zone that times are of; that of the agent's machine unless one is chosen. */
export function TimeZoneField({ trigger, onChange }: TimeZoneFieldProps) {
  const { t } = useTranslation('plans');
  const { timeZone, ...others } = trigger;
  const zones = useMemo(() => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])], []);
  return (
    <Select
      label={t('cron.timeZone')}
      description={t('cron.timeZoneHow')}
      placeholder={t('cron.ownZone')}
      searchable
      clearable
      limit={100}
      clearButtonProps={{ 'aria-label': t('cron.ownZone') }}
      data={timeZone === undefined || zones.includes(timeZone) ? zones : [timeZone, ...zones]}
      value={timeZone ?? null}
      onChange={(value) => onChange(value === null ? others : { ...others, timeZone: value })}
    />
  );
}
