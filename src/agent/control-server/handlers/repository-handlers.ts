/** `repositories`: what there is, adding and testing, upkeep by hand, figures, the emergency kit. */

import type { RepositoryConfig } from '../../../config/repository.ts';
import type { contract } from '../../../control/contract.ts';
import { removeAllLocks, removeStaleLocks } from '../../../repository/mod.ts';
import type { AgentParts } from '../../agent-parts.ts';
import type { HandlersOf } from '../mount.ts';

export function repositoryHandlers(agent: AgentParts): HandlersOf<typeof contract>['repositories'] {
  const { repositories, upkeep, opened, statistics, queue, options } = agent;
  return {
    list: (_input, { signal }) => Promise.all(repositories.all.map((one) => statusOf(agent, one, signal))),
    add: async ({ body }, { signal }) => statusOf(agent, await repositories.add(body, signal), signal),
    update: async ({ params, body }, { signal }) => statusOf(agent, await repositories.update(params.id, body), signal),
    remove: async ({ params: { id } }, { signal }) => {
      await repositories.remove(id, signal);
      await queue.cancelAll('Its repository was taken off the list.', ({ repositoryIds, readRepositoryIds = [] }) =>
        [...repositoryIds, ...readRepositoryIds].includes(id),
      );
      await statistics.remove(id);
    },
    setPassword: async ({ params, body }, { signal }) => {
      const repository = await repositories.setPassword(params.id, body.password, signal);
      // What failed for the sake of the password is tried again.
      agent.flow.configurationChanged();
      return statusOf(agent, repository, signal);
    },
    move: async ({ params, body }, { signal }) =>
      statusOf(agent, await repositories.move(params.id, body, signal), signal),
    test: ({ body }, { signal }) => repositories.test(body, signal),
    check: async ({ params, body }) => ({
      ...(await upkeep.checkNow(repositories.get(params.id), body.readDataPercent)),
    }),
    prune: async ({ params }) => ({ ...(await upkeep.pruneNow(repositories.get(params.id))) }),
    unlock: async ({ params, body }, { signal }) => {
      await using repository = await opened.open(repositories.get(params.id).id, signal);
      const removed = body.all
        ? await removeAllLocks(repository, signal)
        : await removeStaleLocks(repository, { clock: options.clock, signal });
      return { removed };
    },
    statistics: async ({ params }) => [...(await statistics.series(repositories.get(params.id).id))],
    emergencyKit: async ({ params }, { signal }) => ({ text: await repositories.emergencyKit(params.id, signal) }),
  };
}

async function statusOf(
  { repositories, plans, history, notices }: AgentParts,
  repository: RepositoryConfig,
  signal: AbortSignal,
) {
  const { id } = repository;
  const last = async (kind: 'check' | 'prune') =>
    (await history.list({ repositoryId: id, kind, limit: 1 }, signal)).jobs[0];
  const [password, credentials, check, prune] = await Promise.all([
    repositories.passwordPlace(id, signal),
    repositories.credentialNames(id, signal),
    last('check'),
    last('prune'),
  ]);
  return {
    repository,
    planIds: plans.all.filter((plan) => plan.repositories.includes(id)).map((plan) => plan.id),
    password,
    credentials,
    warnings: notices.list().flatMap((notice) => (notice.repositoryId === id ? [notice.message] : [])),
    ...(check?.endedAt === undefined ? {} : { lastCheckAt: check.endedAt, lastCheckFailed: check.state === 'failed' }),
    ...(prune?.endedAt === undefined ? {} : { lastPruneAt: prune.endedAt }),
  };
}
