/** `snapshots`: lists, folders, search, versions, differences, restores, downloads. */
import type { contract } from '../../../control/contract.ts';
import type { StoredSnapshot } from '../../../repository/mod.ts';
import type { AgentParts } from '../../agent-parts.ts';
import { downloadOf } from '../../explore/download.ts';
import { planIdOf } from '../../plans/plan-snapshots.ts';
import type { HandlersOf } from '../mount.ts';

export function snapshotHandlers(agent: AgentParts): HandlersOf<typeof contract>['snapshots'] {
  const { access, explorer, queue, repositories } = agent;
  return {
    list: async ({ query }, { signal }) => {
      const { answers, unread } = await access.each(query, signal, async ({ repositoryId, snapshots }) =>
        snapshots.map((stored) => summaryOf(repositoryId, stored)),
      );
      const newestFirst = answers.flat().sort((a, b) => (a.time < b.time ? 1 : -1));
      return { snapshots: newestFirst.slice(0, query.limit), unread };
    },
    browse: ({ params, query }, { signal }) => explorer.browse(query.repositoryId, params.id, query, signal),
    search: ({ query }, { signal }) => explorer.search(query, signal),
    versions: ({ query }, { signal }) => explorer.versions(query, signal),
    diff: ({ params, query: { repositoryId, other, ...page } }, { signal }) =>
      explorer.diff({ repositoryId, from: params.id, to: other }, page, signal),
    restore: async ({ body }, { signal }) => {
      const { id } = repositories.get(body.repositoryId);
      const found = await access.one(id, body.snapshotId, signal, async ({ snapshot }) => snapshot);
      const planId = planIdOf(found);
      const plan = agent.plans.all.find((one) => one.id === planId);
      return queue.enqueue({
        kind: 'restore',
        trigger: 'manual',
        repositoryIds: [id],
        input: { ...body, snapshotId: found.id },
        ...(plan === undefined ? {} : { planId: plan.id, planName: plan.name }),
      });
    },
    download: ({ params, query }, { signal }) => downloadOf(agent, params.id, query, signal),
  };
}

function summaryOf(repositoryId: string, stored: StoredSnapshot) {
  const { id, snapshot, timeNs } = stored;
  const { hostname = '', username = '', paths, tags = [], summary } = snapshot;
  const planId = planIdOf(stored);
  return {
    id,
    repositoryId,
    time: new Date(Number(timeNs / 1_000_000n)).toISOString(),
    hostname,
    username,
    paths: [...paths],
    tags: [...tags],
    ...(planId === undefined ? {} : { planId }),
    ...(summary === undefined
      ? {}
      : { files: summary.totalFilesProcessed, bytes: summary.totalBytesProcessed, bytesAdded: summary.dataAdded }),
  };
}
