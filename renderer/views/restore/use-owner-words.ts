import { useQuery } from '@tanstack/react-query';
import { visiblePath } from '../../components/path-text.tsx';
import { agentQuery } from '../../data/agent-call.ts';
import type { SnapshotView } from './backups-of.ts';

/** Whose a backup is: the name of its plan, else what was backed up. */
export function useOwnerWords(): (backup: SnapshotView) => string {
  const { data: plans } = useQuery(agentQuery('plans', 'list'));
  return ({ planId, paths }) =>
    plans?.find(({ plan }) => plan.id === planId)?.plan.name ?? paths.map(visiblePath).join(', ');
}
