import { Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Trigger } from '../../../../src/config/trigger.ts';
import { useFieldError } from '../editor/field-errors.tsx';
import { ContinuousFields } from './continuous-fields.tsx';
import { CronFields } from './cron-fields.tsx';
import { IntervalFields } from './interval-fields.tsx';
import { expressionOf, type Rhythm, rhythmOf, timesOf } from './rhythm.ts';
import { TimesFields } from './times-fields.tsx';

interface RhythmFieldsProps {
  readonly trigger: Trigger;
  readonly onChange: (trigger: Trigger) => void;
  /** Those to choose from. */
  readonly rhythms: readonly Rhythm[];
}

/** A rhythm and its details. */
export function RhythmFields({ trigger, onChange, rhythms }: RhythmFieldsProps) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  // A cron text may say "every day", and is a cron text all the same.
  const [asText, setAsText] = useState(rhythmOf(trigger) === 'cron');
  const rhythm = asText && trigger.kind === 'cron' ? 'cron' : rhythmOf(trigger);
  return (
    <>
      <Select
        label={t('schedule.rhythm')}
        maw={360}
        allowDeselect={false}
        data={rhythms.map((value) => ({ value, label: t(`rhythm.${value}`) }))}
        value={rhythm}
        onChange={(value) => {
          const chosen = rhythms.find((one) => one === value) ?? 'manual';
          setAsText(chosen === 'cron');
          onChange(triggerOf(chosen, trigger));
        }}
      />
      {trigger.kind === 'continuous' && <ContinuousFields trigger={trigger} onChange={onChange} />}
      {trigger.kind === 'interval' && <IntervalFields trigger={trigger} onChange={onChange} />}
      {trigger.kind === 'cron' &&
        (rhythm === 'cron' ? (
          <CronFields trigger={trigger} onChange={onChange} error={errorAt('trigger.expression')} />
        ) : (
          <TimesFields key={rhythm} rhythm={rhythm} trigger={trigger} onChange={onChange} />
        ))}
    </>
  );
}

/** A trigger of another rhythm, with what it has in common with the one before. */
function triggerOf(rhythm: Rhythm, before: Trigger): Trigger {
  switch (rhythm) {
    case 'continuous':
      return { kind: 'continuous', quietSeconds: 30, atLeastEveryMinutes: 15, fullScanHours: 24 };
    case 'interval':
      return { kind: 'interval', minutes: 60 };
    case 'manual':
      return { kind: 'manual' };
    case 'cron':
      return before.kind === 'cron' ? before : { kind: 'cron', expression: expressionOf('daily', timesOf(before)) };
    case 'daily':
    case 'weekly':
    case 'monthly': {
      const zone = before.kind === 'cron' && before.timeZone !== undefined ? { timeZone: before.timeZone } : {};
      return { kind: 'cron', expression: expressionOf(rhythm, timesOf(before)), ...zone };
    }
  }
}
