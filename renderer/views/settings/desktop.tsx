import { Code, Select, Skeleton, Stack, Switch, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ShellApi, ShellSettings, ShellSettingsChange } from '../../../src/control/shell.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Section } from '../../components/section.tsx';
import { shell } from '../../data/shell.ts';

const queryKey = ['shell', 'settings'];
const amounts = ['all', 'problems', 'none'] as const;

/** What happens on this desktop: start, notifications, updates. In a browser: how the agent starts by itself. */
export function Desktop() {
  const { t } = useTranslation('settings');
  return (
    <Section title={t('desktop.title')}>{shell === undefined ? <WithoutShell /> : <OfShell shell={shell} />}</Section>
  );
}

function WithoutShell() {
  const { t } = useTranslation('settings');
  return (
    <Stack gap="xs">
      <Text>{t('desktop.service')}</Text>
      <Code block>holdfast agent install</Code>
    </Stack>
  );
}

function OfShell({ shell: api }: { readonly shell: ShellApi }) {
  const { t } = useTranslation('settings');
  const queryClient = useQueryClient();
  const { data: settings, error } = useQuery<ShellSettings>({ queryKey, queryFn: () => api.settings() });
  const change = useMutation<ShellSettings, Error, ShellSettingsChange>({
    mutationFn: (part) => api.changeSettings(part),
    onSuccess: (after) => queryClient.setQueryData(queryKey, after),
  });
  if (error !== null) return <ErrorAlert error={error} />;
  if (settings === undefined) return <Skeleton height={120} />;
  return (
    <>
      <Switch
        label={t('desktop.startAtLogin')}
        description={t('desktop.startAtLoginHow')}
        checked={settings.startAtLogin}
        onChange={(event) => change.mutate({ startAtLogin: event.currentTarget.checked })}
      />
      <Select
        label={t('desktop.notifications')}
        maw={280}
        allowDeselect={false}
        value={settings.notifications}
        data={amounts.map((value) => ({ value, label: t(`desktop.${value}`) }))}
        onChange={(value) => {
          const notifications = amounts.find((one) => one === value);
          if (notifications !== undefined) change.mutate({ notifications });
        }}
      />
      <Switch
        label={t('desktop.updates')}
        description={t('desktop.updatesHow')}
        checked={settings.updates}
        onChange={(event) => change.mutate({ updates: event.currentTarget.checked })}
      />
      {change.error !== null && <ErrorAlert error={change.error} />}
    </>
  );
}
