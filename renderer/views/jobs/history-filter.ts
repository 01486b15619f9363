/** Which past jobs are shown, as the address of the page has it. Pure. */
import type { CallInput } from '../../data/agent-call.ts';
import type { JobView } from '../../data/apply-jobs.ts';

type HistoryQuery = NonNullable<CallInput<'jobs', 'history'>['query']>;
export type HistoryFilter = Pick<HistoryQuery, 'planId' | 'repositoryId' | 'remoteId' | 'kind' | 'state' | 'text'>;

/** In the order in which people look for them. */
export const kinds: readonly JobView['kind'][] = [
  'backup',
  'restore',
  'drill',
  'check',
  'copy',
  'forget',
  'prune',
  'unlock',
  'remote-create',
  'remote-restore',
  'remote-import',
  'download',
  'ingest',
];
/** How a job can have ended. */
export const results: readonly JobView['state'][] = ['done', 'failed', 'cancelled', 'skipped', 'interrupted'];

export const filterNames = ['plan', 'repository', 'remote', 'kind', 'result', 'find'] as const;

/** What an address has that cannot be is passed over. */
export function filterOf(params: URLSearchParams): HistoryFilter {
  const given = (name: (typeof filterNames)[number]) => params.get(name) || undefined;
  const filter = {
    planId: given('plan'),
    repositoryId: given('repository'),
    remoteId: given('remote'),
    kind: kinds.find((kind) => kind === given('kind')),
    state: results.find((state) => state === given('result')),
    text: given('find'),
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
