import { Button, Checkbox, CloseButton, Group, Input, NumberInput, Stack, TextInput } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../components/use-format.ts';
import type { Cron } from './cron-fields.tsx';
import { expressionOf, type Times, timesOf, withTime } from './rhythm.ts';
import { TimeZoneField } from './time-zone-field.tsx';

interface TimesFieldsProps {
  readonly rhythm: 'daily' | 'weekly' | 'monthly' | 'continuous' | 'interval' | 'manual';
  readonly trigger: Cron;
  readonly onChange: (trigger: Cron) => void;
}

/** Times of day, on every day, some days of the week, or one of the month. */
export function TimesFields({ rhythm, trigger, onChange }: TimesFieldsProps) {
  const { t } = useTranslation('plans');
  const times = timesOf(trigger);
  if (rhythm !== 'daily' && rhythm !== 'weekly' && rhythm !== 'monthly') return null;
  const set = (change: Partial<Times>) =>
    onChange({ ...trigger, expression: expressionOf(rhythm, { ...times, ...change }) });
  return (
    <Stack gap="md">
      {rhythm === 'weekly' && <Weekdays value={times.weekdays} onChange={(weekdays) => set({ weekdays })} />}
      {rhythm === 'monthly' && (
        <NumberInput
          label={t('times.day')}
          description={times.day > 28 ? t('times.dayHow') : undefined}
          w={160}
          min={1}
          max={31}
          allowDecimal={false}
          value={times.day}
          onChange={(value) => Number(value) >= 1 && Number(value) <= 31 && set({ day: Number(value) })}
        />
      )}
      <TimesOfDay times={times.times} onChange={(next) => set({ times: next })} />
      <Group maw={360} grow>
        <TimeZoneField trigger={trigger} onChange={onChange} />
      </Group>
    </Stack>
  );
}

/** Monday first. */
const weekOrder = [1, 2, 3, 4, 5, 6, 0];

function Weekdays({
  value,
  onChange,
}: {
  readonly value: readonly number[];
  readonly onChange: (days: number[]) => void;
}) {
  const { t } = useTranslation('plans');
  const { language } = useFormat();
  const names = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' });
  return (
    <Checkbox.Group
      label={t('times.weekdays')}
      value={value.map(String)}
      // One must be left, or it would never run.
      onChange={(days) => days.length > 0 && onChange(days.map(Number))}
    >
      <Group gap="md" mt={6}>
        {weekOrder.map((day) => (
          // 4 January 2026 is a Sunday.
          <Checkbox key={day} value={String(day)} label={names.format(Date.UTC(2026, 0, 4 + day))} />
        ))}
      </Group>
    </Checkbox.Group>
  );
}

function TimesOfDay({
  times,
  onChange,
}: {
  readonly times: readonly string[];
  readonly onChange: (times: string[]) => void;
}) {
  const { t } = useTranslation('plans');
  const add = () => {
    const [hour = '0', minute = '00'] = (times.at(-1) ?? '20:00').split(':');
    const free = Array.from({ length: 24 }, (_, after) => (Number(hour) + 1 + after) % 24);
    const next = free.find((one) => !times.some((time) => Number(time.slice(0, 2)) === one)) ?? 0;
    onChange([...times, `${String(next).padStart(2, '0')}:${minute}`]);
  };
  return (
    <Stack gap={6}>
      <Group gap="sm" align="end">
        {times.map((time, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a time is its place in the list, and changes while it is typed
          <Group key={index} gap={4} align="end">
            <TextInput
              type="time"
              label={times.length === 1 ? t('times.time') : t('times.timeOf', { number: index + 1 })}
              w={130}
              value={time}
              onChange={({ currentTarget: { value } }) => value !== '' && onChange(withTime(times, index, value))}
            />
            {times.length > 1 && (
              <CloseButton
                mb={4}
                aria-label={t('times.remove', { time })}
                onClick={() => onChange(times.filter((_, at) => at !== index))}
              />
            )}
          </Group>
        ))}
        {times.length < 24 && (
          <Button variant="light" leftSection={<Plus size={16} aria-hidden />} onClick={add}>
            {t('times.add')}
          </Button>
        )}
      </Group>
      {times.length > 1 && <Input.Description>{t('times.sameMinute')}</Input.Description>}
    </Stack>
  );
}
