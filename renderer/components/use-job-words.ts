import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { agentQuery } from '../data/agent-call.ts';
import type { JobView } from '../data/apply-jobs.ts';

/** What a job is, and what it works on, in words. */
export function useJobWords() {
  const { t } = useTranslation();
  const { data: repositories } = useQuery(agentQuery('repositories', 'list'));
  const repositoryName = (id: string) =>
    repositories?.find(({ repository }) => repository.id === id)?.repository.name ?? id;
  return {
    /** "Backup" */
    kind: ({ kind, input }: JobView): string =>
      kind === 'restore' && input.dryRun === true ? t('jobs.preview') : t(`jobKind.${kind}`),
    /** "Documents": the plan, the remote, else the repositories. */
    subject: ({ planName, remoteName, repositoryIds }: JobView): string =>
      planName ?? remoteName ?? repositoryIds.map(repositoryName).join(', '),
    repositoryName,
  };
}
