import { Switch, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RemoteInput } from '../../../../src/config/remote.ts';
import { Section } from '../../../components/section.tsx';
import { ConditionsSection } from '../../plans/editor/conditions-part.tsx';
import { NextRuns } from '../../plans/schedule/next-runs.tsx';
import { RhythmFields } from '../../plans/schedule/rhythm-fields.tsx';
import { OrderFields } from '../order/order-fields.tsx';
import type { RemoteView } from '../remote-view.ts';

type Schedule = NonNullable<RemoteInput['schedule']>;

/** Nothing that changes on the remote is heard of here, and none at all is the switch. */
const rhythms = ['interval', 'daily', 'weekly', 'monthly', 'cron'] as const;
const usual: Schedule = { trigger: { kind: 'cron', expression: '0 2 * * *' }, order: {}, conditions: {} };

interface SchedulePartProps {
  readonly view: RemoteView;
  readonly draft: RemoteInput;
  readonly onChange: (draft: RemoteInput) => void;
}

/** Backups that are made there by themselves: when, and what is asked for. */
export function SchedulePart({ view: { capabilities }, draft, onChange }: SchedulePartProps) {
  const { t } = useTranslation('remotes');
  const { schedule, ...rest } = draft;
  const set = (change: Partial<Schedule>) => schedule && onChange({ ...rest, schedule: { ...schedule, ...change } });
  return (
    <>
      <Section title={t('schedule.title')} description={t('schedule.how')}>
        <Switch
          label={t('schedule.on')}
          checked={schedule !== undefined}
          onChange={(event) => onChange(event.currentTarget.checked ? { ...rest, schedule: usual } : rest)}
        />
        {schedule !== undefined && (
          <>
            <RhythmFields
              trigger={schedule.trigger}
              onChange={(trigger) => trigger.kind !== 'continuous' && set({ trigger })}
              rhythms={schedule.trigger.kind === 'manual' ? ['manual', ...rhythms] : rhythms}
            />
            <NextRuns trigger={schedule.trigger} error={undefined} />
            {capabilities === undefined ? (
              <Text c="dimmed">{t('schedule.unknown')}</Text>
            ) : (
              <OrderFields order={schedule.order} onChange={(order) => set({ order })} capabilities={capabilities} />
            )}
          </>
        )}
      </Section>
      {schedule !== undefined && (
        <ConditionsSection conditions={schedule.conditions} onChange={(conditions) => set({ conditions })} />
      )}
    </>
  );
}
