import { useTranslation } from 'react-i18next';
import { PlanFileButtons } from '../../components/plan-file-buttons.tsx';
import { Section } from '../../components/section.tsx';

/** Plans as a file: to keep, or to take to another computer. */
export function PlanFiles() {
  const { t } = useTranslation('settings');
  return (
    <Section title={t('files.title')} description={t('files.description')}>
      <PlanFileButtons
        variant="light"
        saveLabel={t('files.export')}
        loadLabel={t('files.import')}
        loaded={(count) => t('files.imported', { count })}
      />
    </Section>
  );
}
