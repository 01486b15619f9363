import { Button, FileButton, Group } from '@mantine/core';
import { Download, Upload } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { usePlanFiles } from '../../components/use-plan-files.ts';

/** Plans as a JSON file: saved, or read in. */
export function PlanFilesMenu({ hasPlans }: { readonly hasPlans: boolean }) {
  const { t } = useTranslation('plans');
  const { save, load, error } = usePlanFiles((count) => t('files.imported', { count }));
  return (
    <>
      <Group gap="sm">
        {hasPlans && (
          <Button
            variant="default"
            leftSection={<Download size={16} aria-hidden />}
            loading={save.isPending}
            onClick={() => save.mutate()}
          >
            {t('files.export')}
          </Button>
        )}
        <FileButton accept="application/json,.json" onChange={(file) => file !== null && load.mutate(file)}>
          {(props) => (
            <Button
              {...props}
              variant="default"
              leftSection={<Upload size={16} aria-hidden />}
              loading={load.isPending}
            >
              {t('files.import')}
            </Button>
          )}
        </FileButton>
      </Group>
      {error !== null && <ErrorAlert error={error} />}
    </>
  );
}
