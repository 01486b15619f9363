import { useTranslation } from 'react-i18next';
import { PlanFileButtons } from '../../components/plan-file-buttons.tsx';

export function PlanFilesMenu({ hasPlans }: { readonly hasPlans: boolean }) {
  const { t } = useTranslation('plans');
  return (
    <PlanFileButtons
      variant="default"
      saveLabel={hasPlans ? t('files.export') : undefined}
      loadLabel={t('files.import')}
      loaded={(count) => t('files.imported', { count })}
    />
  );
}
