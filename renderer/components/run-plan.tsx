import { Button } from '@mantine/core';
import { Play } from 'lucide-react';
import { useTranslation } from 'react-i18next';

interface RunPlanProps {
  /** Its name. */
  readonly plan: string;
  /** It runs already, or waits for its turn. */
  readonly isBusy: boolean;
  readonly onRun: () => void;
}

/** Backs a plan up now. While it cannot it only looks so: a button that is disabled loses the focus of the keyboard. */
export function RunPlan({ plan, isBusy, onRun }: RunPlanProps) {
  const { t } = useTranslation();
  return (
    <Button
      size="xs"
      variant="light"
      aria-label={t('action.runNamed', { plan })}
      aria-disabled={isBusy}
      data-disabled={isBusy}
      leftSection={<Play size={14} aria-hidden />}
      onClick={() => {
        if (!isBusy) onRun();
      }}
    >
      {t('action.run')}
    </Button>
  );
}
