import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Trigger } from '../../../../src/config/trigger.ts';
import { Fields } from '../../../components/fields.tsx';
import { TimeZoneField } from './time-zone-field.tsx';

export type Cron = Extract<Trigger, { kind: 'cron' }>;

interface CronFieldsProps {
  readonly trigger: Cron;
  readonly onChange: (trigger: Cron) => void;
  readonly error: string | undefined;
}

export function CronFields({ trigger, onChange, error }: CronFieldsProps) {
  const { t } = useTranslation('plans');
  return (
    <Fields>
      <TextInput
        label={t('cron.expression')}
        description={t('cron.how')}
        spellCheck={false}
        value={trigger.expression}
        error={error}
        onChange={(event) => onChange({ ...trigger, expression: event.currentTarget.value })}
      />
      <TimeZoneField trigger={trigger} onChange={onChange} />
    </Fields>
  );
}
