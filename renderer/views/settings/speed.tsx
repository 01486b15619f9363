import { ActionIcon, Button, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Fields } from '../../components/fields.tsx';
import { Section } from '../../components/section.tsx';
import classes from './settings.module.css';
import { type SettingsView, useChangeSettings } from './use-settings.ts';

interface Draft {
  readonly up: number | '';
  readonly down: number | '';
  readonly fullSpeed: SettingsView['bandwidth']['fullSpeed'];
  readonly parallelJobs: number;
  readonly keepLogsDays: number;
}

/** How much of this machine and its connection is used. */
export function Speed({ settings }: { readonly settings: SettingsView }) {
  const { t } = useTranslation('settings');
  const [draft, setDraft] = useState(() => draftOf(settings));
  const change = useChangeSettings();
  const set = (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part }));
  const isLimited = draft.up !== '' || draft.down !== '';
  return (
    <Section title={t('speed.title')} description={t('speed.description')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate((now) => ({ ...now, ...settingsOf(draft) }));
        }}
      >
        <Stack>
          <Fields>
            <NumberInput
              label={t('speed.up')}
              placeholder={t('speed.unlimited')}
              suffix=" KiB/s"
              min={1}
              allowDecimal={false}
              value={draft.up}
              onChange={(up) => set({ up: numberOf(up) })}
            />
            <NumberInput
              label={t('speed.down')}
              placeholder={t('speed.unlimited')}
              suffix=" KiB/s"
              min={1}
              allowDecimal={false}
              value={draft.down}
              onChange={(down) => set({ down: numberOf(down) })}
            />
            <NumberInput
              label={t('speed.jobs')}
              min={1}
              max={16}
              value={draft.parallelJobs}
              onChange={(value) => set({ parallelJobs: Number(value) || 1 })}
            />
            <NumberInput
              label={t('speed.logs')}
              min={1}
              max={3650}
              value={draft.keepLogsDays}
              onChange={(value) => set({ keepLogsDays: Number(value) || 1 })}
            />
          </Fields>
          {isLimited && <FullSpeed hours={draft.fullSpeed} onChange={(fullSpeed) => set({ fullSpeed })} />}
          {change.error !== null && <ErrorAlert error={change.error} />}
          <Group>
            <Button type="submit" size="xs" loading={change.isPending}>
              {t('save')}
            </Button>
            {change.isSuccess && (
              <Text size="sm" c="dimmed" role="status">
                {t('saved')}
              </Text>
            )}
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

interface FullSpeedProps {
  readonly hours: Draft['fullSpeed'];
  readonly onChange: (hours: Draft['fullSpeed']) => void;
}

/** Times of day without a limit. */
function FullSpeed({ hours, onChange }: FullSpeedProps) {
  const { t } = useTranslation('settings');
  const change = (at: number, part: Partial<Draft['fullSpeed'][number]>) =>
    onChange(hours.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <Stack gap="sm" role="group" aria-label={t('speed.fullSpeed')}>
      <Text size="sm" fw={500}>
        {t('speed.fullSpeed')}
      </Text>
      {hours.map(({ from, to }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no other name, and none moves
        <div key={at} className={classes.hours}>
          <TextInput
            type="time"
            label={t('speed.from')}
            required
            value={from}
            onChange={(event) => change(at, { from: event.currentTarget.value })}
          />
          <TextInput
            type="time"
            label={t('speed.to')}
            required
            value={to}
            onChange={(event) => change(at, { to: event.currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            size="input-sm"
            aria-label={t('speed.removeHours', { from, to })}
            onClick={() => onChange(hours.filter((_, index) => index !== at))}
          >
            <X size={18} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<Plus size={14} aria-hidden />}
          onClick={() => onChange([...hours, { from: '22:00', to: '06:00' }])}
        >
          {t('speed.addHours')}
        </Button>
      </Group>
    </Stack>
  );
}

function draftOf({ bandwidth, maintenance }: SettingsView): Draft {
  const { upKibPerSecond = '', downKibPerSecond = '', fullSpeed } = bandwidth;
  return { up: upKibPerSecond, down: downKibPerSecond, fullSpeed, ...maintenance };
}

function settingsOf({ up, down, fullSpeed, parallelJobs, keepLogsDays }: Draft) {
  const bandwidth = {
    ...(up === '' ? {} : { upKibPerSecond: up }),
    ...(down === '' ? {} : { downKibPerSecond: down }),
    fullSpeed,
  };
  return { bandwidth, maintenance: { parallelJobs, keepLogsDays } };
}

function numberOf(value: number | string): number | '' {
  return value === '' || Number.isNaN(Number(value)) ? '' : Number(value);
}
