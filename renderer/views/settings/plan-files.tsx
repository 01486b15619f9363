import { Button, FileButton, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Download, Upload } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { saveText } from '../../components/save-text.ts';
import type { CallInput } from '../../data/agent-call.ts';
import { client } from '../../data/client.ts';
import { Section } from './section.tsx';

/** Plans as a file: to keep, or to take to another computer. */
export function PlanFiles() {
  const { t } = useTranslation('settings');
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      const plans = await client.plans.export({ signal: new AbortController().signal });
      saveText(`${JSON.stringify(plans, undefined, 2)}\n`, 'holdfast-plans.json', 'application/json');
    },
  });
  const load = useMutation({
    mutationFn: async (file: File) => {
      // The agent looks at what is in it.
      const body = JSON.parse(await file.text()) as CallInput<'plans', 'import'>['body'];
      return client.plans.import({ body, signal: new AbortController().signal });
    },
    onSuccess: (plans) => {
      notifications.show({ message: t('files.imported', { count: plans.length }), color: 'tide' });
      return queryClient.invalidateQueries();
    },
  });
  const error = save.error ?? load.error;
  return (
    <Section title={t('files.title')} description={t('files.description')}>
      <Group>
        <Button
          variant="light"
          leftSection={<Download size={16} aria-hidden />}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          {t('files.export')}
        </Button>
        <FileButton accept="application/json,.json" onChange={(file) => file !== null && load.mutate(file)}>
          {(props) => (
            <Button {...props} variant="light" leftSection={<Upload size={16} aria-hidden />} loading={load.isPending}>
              {t('files.import')}
            </Button>
          )}
        </FileButton>
      </Group>
      {error !== null && <ErrorAlert error={error} />}
    </Section>
  );
}
