import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Page } from '../../components/page.tsx';
import { agentQuery } from '../../data/agent-call.ts';
import { ActiveJobs } from './active-jobs.tsx';
import { CancelAll } from './cancel-all.tsx';
import { PastJobs } from './past-jobs.tsx';

export function JobsPage() {
  const { t } = useTranslation('jobs');
  const { data: jobs, error } = useQuery(agentQuery('jobs', 'list'));
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={jobs !== undefined && jobs.length > 0 && <CancelAll jobs={jobs} />}
    >
      {error === null ? <ActiveJobs jobs={jobs} /> : <ErrorAlert error={error} />}
      <PastJobs />
    </Page>
  );
}
