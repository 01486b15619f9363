import { useTranslation } from 'react-i18next';
import { CancelJob as CancelButton } from '../../components/cancel-job.tsx';
import type { JobView } from '../../data/apply-jobs.ts';

/** In this screen's words. */
export function CancelJob({ job }: { readonly job: JobView }) {
  const { t } = useTranslation('jobs');
  return <CancelButton job={job} label={t('cancel.action')} cancelling={t('cancel.cancelling')} />;
}
