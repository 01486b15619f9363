import { Button, Group, NumberInput, PasswordInput, Stack, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Mail as MailSettings } from '../../../src/config/telling.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Fields } from '../../components/fields.tsx';
import { Section } from '../../components/section.tsx';
import { useAgentMutation } from '../../data/agent-call.ts';
import { KindsField, usualKinds } from './kinds-field.tsx';
import { SendTest } from './send-test.tsx';
import { type SettingsView, useChangeSettings } from './use-settings.ts';

const secretName = 'telling-mail';

/** Messages by mail. */
export function Mail({ settings }: { readonly settings: SettingsView }) {
  const { t } = useTranslation('settings');
  const { mail } = settings.telling;
  const [isOpen, setOpen] = useState(false);
  return (
    <Section title={t('mail.title')} description={t('mail.description')}>
      {mail === undefined && !isOpen ? (
        <Group>
          <Button variant="light" onClick={() => setOpen(true)}>
            {t('mail.set')}
          </Button>
        </Group>
      ) : (
        <MailForm mail={mail} onClosed={() => setOpen(false)} />
      )}
    </Section>
  );
}

const empty: MailSettings = { host: '', port: 587, secure: false, from: '', to: [], events: [...usualKinds] };

function MailForm({ mail, onClosed }: { readonly mail: MailSettings | undefined; readonly onClosed: () => void }) {
  const { t } = useTranslation('settings');
  const [draft, setDraft] = useState(mail ?? empty);
  const [to, setTo] = useState(draft.to.join(', '));
  const [password, setPassword] = useState('');
  const change = useChangeSettings();
  const setSecret = useAgentMutation('settings', 'setSecret');
  const removeSecret = useAgentMutation('settings', 'removeSecret');
  const set = (part: Partial<MailSettings>) => setDraft((now) => ({ ...now, ...part }));
  const save = async () => {
    if (password !== '') await setSecret.mutateAsync({ params: { name: secretName }, body: { value: password } });
    const { user, passwordSecret: before, ...rest } = draft;
    const passwordSecret = password === '' ? before : secretName;
    const next: MailSettings = {
      ...rest,
      to: to.split(/[,;\s]+/).filter((address) => address !== ''),
      ...(user === undefined || user === ''
        ? {}
        : { user, ...(passwordSecret === undefined ? {} : { passwordSecret }) }),
    };
    await change.mutateAsync((now) => ({ ...now, telling: { ...now.telling, mail: next } }));
    setDraft(next);
    setPassword('');
  };
  const remove = async () => {
    await change.mutateAsync((now) => {
      const { mail: _removed, ...telling } = now.telling;
      return { ...now, telling };
    });
    await removeSecret.mutateAsync({ params: { name: secretName } });
    onClosed();
  };
  const error = setSecret.error ?? change.error ?? removeSecret.error;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        // What went wrong is shown below.
        save().catch(() => undefined);
      }}
    >
      <Stack>
        <Fields>
          <TextInput
            label={t('mail.host')}
            placeholder="smtp.example.com"
            required
            value={draft.host}
            onChange={(event) => set({ host: event.currentTarget.value })}
          />
          <NumberInput
            label={t('mail.port')}
            required
            min={1}
            max={65_535}
            value={draft.port}
            onChange={(port) => set({ port: Number(port) })}
          />
          <TextInput
            label={t('mail.user')}
            autoComplete="off"
            value={draft.user ?? ''}
            onChange={(event) => set({ user: event.currentTarget.value })}
          />
          <PasswordInput
            label={t('mail.password')}
            autoComplete="new-password"
            placeholder={draft.passwordSecret === undefined ? '' : t('kept')}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <TextInput
            label={t('mail.from')}
            type="email"
            required
            value={draft.from}
            onChange={(event) => set({ from: event.currentTarget.value })}
          />
          <TextInput label={t('mail.to')} required value={to} onChange={(event) => setTo(event.currentTarget.value)} />
        </Fields>
        <Switch
          label={t('mail.secure')}
          description={t('mail.secureHow')}
          checked={draft.secure}
          onChange={(event) => set({ secure: event.currentTarget.checked })}
        />
        <KindsField value={draft.events} onChange={(events) => set({ events })} />
        {error !== null && <ErrorAlert error={error} />}
        <Group gap="sm">
          <Button type="submit" size="xs" loading={change.isPending || setSecret.isPending}>
            {t('save')}
          </Button>
          {mail === undefined ? (
            <Button size="xs" variant="default" onClick={onClosed}>
              {t('cancel')}
            </Button>
          ) : (
            <>
              <SendTest id="mail" label={t('test.sendBy', { name: t('mail.title') })} />
              <Button size="xs" variant="subtle" color="red" onClick={() => void remove().catch(() => undefined)}>
                {t('remove')}
              </Button>
            </>
          )}
        </Group>
      </Stack>
    </form>
  );
}
