import { Button, Group, PasswordInput, TextInput } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TellingKind, Webhook } from '../../../src/config/telling.ts';
import { Fields } from '../../components/fields.tsx';
import { Section } from '../../components/section.tsx';
import { useAgentMutation } from '../../data/agent-call.ts';
import { ChannelDialog } from './channel-dialog.tsx';
import { ChannelRow } from './channel-row.tsx';
import { KindsField, usualKinds } from './kinds-field.tsx';
import { newChannelId } from './new-channel-id.ts';
import { type SettingsView, useChangeSettings } from './use-settings.ts';

/** Messages to programs of others. */
export function Webhooks({ settings }: { readonly settings: SettingsView }) {
  const { t } = useTranslation('settings');
  const [isAdding, setAdding] = useState(false);
  const change = useChangeSettings();
  const removeSecret = useAgentMutation('settings', 'removeSecret');
  const { webhooks } = settings.telling;
  const remove = ({ id, secretHeader }: Webhook) => {
    change.mutate((now) => withWebhooks(now, (all) => all.filter((one) => one.id !== id)));
    if (secretHeader !== undefined) removeSecret.mutate({ params: { name: secretHeader.secret } });
  };
  return (
    <Section title={t('webhooks.title')} description={t('webhooks.description')}>
      <div hidden={webhooks.length === 0}>
        {webhooks.map((webhook) => (
          <ChannelRow
            key={webhook.id}
            id={webhook.id}
            url={webhook.url}
            about={webhook.events.map((kind) => t(`kinds.${kind}`)).join(', ')}
            onRemove={() => remove(webhook)}
          />
        ))}
      </div>
      <Group>
        <Button variant="light" leftSection={<Plus size={16} aria-hidden />} onClick={() => setAdding(true)}>
          {t('webhooks.add')}
        </Button>
      </Group>
      {isAdding && <AddWebhook onClose={() => setAdding(false)} />}
    </Section>
  );
}

function AddWebhook({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('settings');
  const [url, setUrl] = useState('');
  const [events, setEvents] = useState<readonly TellingKind[]>(usualKinds);
  const [header, setHeader] = useState('');
  const [secret, setSecretText] = useState('');
  const change = useChangeSettings();
  const setSecret = useAgentMutation('settings', 'setSecret');
  const save = async () => {
    const id = newChannelId('webhook');
    const name = `telling-${id}`;
    const hasHeader = header !== '' && secret !== '';
    if (hasHeader) await setSecret.mutateAsync({ params: { name }, body: { value: secret } });
    const webhook: Webhook = {
      id,
      url,
      events: [...events],
      ...(hasHeader ? { secretHeader: { name: header, secret: name } } : {}),
    };
    await change.mutateAsync((now) => withWebhooks(now, (all) => [...all, webhook]));
    onClose();
  };
  return (
    <ChannelDialog
      title={t('webhooks.add')}
      onClose={onClose}
      onSave={() => void save().catch(() => undefined)}
      pending={change.isPending || setSecret.isPending}
      error={setSecret.error ?? change.error}
    >
      <TextInput
        label={t('webhooks.url')}
        type="url"
        placeholder="https://example.com/hook"
        required
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
      />
      <KindsField value={events} onChange={setEvents} />
      <Fields>
        <TextInput
          label={t('webhooks.header')}
          description={t('webhooks.headerHow')}
          placeholder="Authorization"
          value={header}
          onChange={(event) => setHeader(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('webhooks.secret')}
          description={t('webhooks.secretHow')}
          autoComplete="new-password"
          value={secret}
          onChange={(event) => setSecretText(event.currentTarget.value)}
        />
      </Fields>
    </ChannelDialog>
  );
}

function withWebhooks(now: SettingsView, change: (all: readonly Webhook[]) => Webhook[]): SettingsView {
  return { ...now, telling: { ...now.telling, webhooks: change(now.telling.webhooks) } };
}
