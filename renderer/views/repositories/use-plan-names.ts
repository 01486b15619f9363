import { useQuery } from '@tanstack/react-query';
import { useFormat } from '../../components/use-format.ts';
import { agentQuery } from '../../data/agent-call.ts';

/** "Documents, Photos and Music". */
export function usePlanNames(ids: readonly string[]): string {
  const { data: plans = [] } = useQuery(agentQuery('plans', 'list'));
  const { language } = useFormat();
  const names = ids.map((id) => plans.find(({ plan }) => plan.id === id)?.plan.name ?? id);
  return new Intl.ListFormat(language).format(names);
}
