import { Button, FileButton, Group } from '@mantine/core';
import { Download, Upload } from 'lucide-react';
import { ErrorAlert } from './error-alert.tsx';
import { usePlanFiles } from './use-plan-files.ts';

interface PlanFileButtonsProps {
  readonly variant: 'default' | 'light';
  /** None: there is nothing to save. */
  readonly saveLabel: string | undefined;
  readonly loadLabel: string;
  /** What is said when so many were read in. */
  readonly loaded: (count: number) => string;
}

/** Plans as a JSON file: saved, or read in. */
export function PlanFileButtons({ variant, saveLabel, loadLabel, loaded }: PlanFileButtonsProps) {
  const { save, load, error } = usePlanFiles(loaded);
  return (
    <>
      <Group gap="sm">
        {saveLabel !== undefined && (
          <Button
            variant={variant}
            leftSection={<Download size={16} aria-hidden />}
            loading={save.isPending}
            onClick={() => save.mutate()}
          >
            {saveLabel}
          </Button>
        )}
        <FileButton accept="application/json,.json" onChange={(file) => file !== null && load.mutate(file)}>
          {(props) => (
            <Button
              {...props}
              variant={variant}
              leftSection={<Upload size={16} aria-hidden />}
              loading={load.isPending}
            >
              {loadLabel}
            </Button>
          )}
        </FileButton>
      </Group>
      {error !== null && <ErrorAlert error={error} />}
    </>
  );
}
