import { Button, FileButton, Group } from '@mantine/core';
import { Download, Upload } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Section } from '../../components/section.tsx';
import { usePlanFiles } from '../../components/use-plan-files.ts';

/** Plans as a file: to keep, or to take to another computer. */
export function PlanFiles() {
  const { t } = useTranslation('settings');
  const { save, load, error } = usePlanFiles((count) => t('files.imported', { count }));
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
