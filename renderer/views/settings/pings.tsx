import { Button, Group, MultiSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ping } from '../../../src/config/telling.ts';
import { Section } from '../../components/section.tsx';
import { agentQuery } from '../../data/agent-call.ts';
import { ChannelDialog } from './channel-dialog.tsx';
import { ChannelRow } from './channel-row.tsx';
import { newChannelId } from './new-channel-id.ts';
import { type SettingsView, useChangeSettings } from './use-settings.ts';

/** Services that raise alarm when they hear nothing. */
export function Pings({ settings }: { readonly settings: SettingsView }) {
  const { t } = useTranslation('settings');
  const [isAdding, setAdding] = useState(false);
  const change = useChangeSettings();
  const names = usePlanNames();
  return (
    <Section title={t('pings.title')} description={t('pings.description')}>
      <div hidden={settings.telling.pings.length === 0}>
        {settings.telling.pings.map(({ id, url, planIds }) => (
          <ChannelRow
            key={id}
            id={id}
            url={url}
            about={planIds === undefined ? t('pings.all') : planIds.map((plan) => names.get(plan) ?? plan).join(', ')}
            onRemove={() => change.mutate((now) => withPings(now, (all) => all.filter((one) => one.id !== id)))}
          />
        ))}
      </div>
      <Group>
        <Button variant="light" leftSection={<Plus size={16} aria-hidden />} onClick={() => setAdding(true)}>
          {t('pings.add')}
        </Button>
      </Group>
      {isAdding && <AddPing names={names} onClose={() => setAdding(false)} />}
    </Section>
  );
}

function AddPing({ names, onClose }: { readonly names: ReadonlyMap<string, string>; readonly onClose: () => void }) {
  const { t } = useTranslation('settings');
  const [url, setUrl] = useState('');
  const [planIds, setPlanIds] = useState<string[]>([]);
  const change = useChangeSettings();
  const save = () => {
    const ping: Ping = { id: newChannelId('ping'), url, ...(planIds.length === 0 ? {} : { planIds }) };
    change.mutate((now) => withPings(now, (all) => [...all, ping]), { onSuccess: onClose });
  };
  return (
    <ChannelDialog
      title={t('pings.add')}
      onClose={onClose}
      onSave={save}
      pending={change.isPending}
      error={change.error}
    >
      <TextInput
        label={t('pings.url')}
        type="url"
        placeholder="https://hc-ping.com/…"
        required
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
      />
      <MultiSelect
        label={t('pings.plans')}
        placeholder={planIds.length === 0 ? t('pings.all') : ''}
        data={[...names].map(([value, label]) => ({ value, label }))}
        value={planIds}
        onChange={setPlanIds}
      />
    </ChannelDialog>
  );
}

function usePlanNames(): ReadonlyMap<string, string> {
  const { data: plans = [] } = useQuery(agentQuery('plans', 'list'));
  return new Map(plans.map(({ plan }) => [plan.id, plan.name]));
}

function withPings(now: SettingsView, change: (all: readonly Ping[]) => Ping[]): SettingsView {
  return { ...now, telling: { ...now.telling, pings: change(now.telling.pings) } };
}
