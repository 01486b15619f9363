/** `remotes`: what there is, adding and testing, what is known of their backups, what can be done with one. */
import { HoldfastError, isHoldfastError } from '../../../base/errors.ts';
import type { RemoteConfig } from '../../../config/remote.ts';
import type { contract } from '../../../control/contract.ts';
import type { AgentParts } from '../../agent-parts.ts';
import { type RemoteStatus, remoteStatus } from '../../remotes/remote-status.ts';
import { itemId } from '../../schedule/timetable.ts';
import type { HandlersOf } from '../mount.ts';

export function remoteHandlers(agent: AgentParts): HandlersOf<typeof contract>['remotes'] {
  const { remotes, remoteStates, remotePoll, remoteCalls, remoteRuns, queue } = agent;
  return {
    list: (_input, { signal }) => Promise.all(remotes.all.map((one) => statusOf(agent, one, signal))),
    get: ({ params }, { signal }) => statusOf(agent, remotes.get(params.id), signal),
    add: async ({ body }, { signal }) =>
      statusOf(agent, await told(remotes.add(body.remote, body.credential, signal)), signal),
    update: async ({ params, query, body }, { signal }) => {
      const change = { input: body.remote, credential: body.credential, revision: query.revision };
      return statusOf(agent, await told(remotes.update(params.id, change, signal)), signal);
    },
    setCredential: async ({ params, body }, { signal }) => {
      const remote = await told(remotes.setCredential(params.id, body.credential, signal));
      remotePoll.soon(remote.id);
      return statusOf(agent, remote, signal);
    },
    remove: async ({ params: { id } }, { signal }) => {
      await remotes.remove(id, signal);
      await queue.cancelAll('Its remote was taken off the list.', ({ remoteId }) => remoteId === id);
    },
    test: async ({ params }, { signal }) => ({ message: await told(remotes.test(params.id, signal)) }),
    testNew: async ({ body }, { signal }) => ({
      message: await told(remotes.tryOut(body.remote, body.credential, signal)),
    }),
    backups: async ({ params, query }, { signal }) => {
      const remote = remotes.get(params.id);
      if (query.refresh) await told(remotePoll.refresh(remote, signal));
      else remotePoll.lookedAt(remote.id);
      const { backups, ...rest } = remoteStates.get(remote.id);
      return { backups: [...backups], ...rest };
    },
    backup: ({ params }, { signal }) => told(remoteCalls.backup(params.id, params.backup, signal)),
    cancel: async ({ params }, { signal }) => {
      const remote = await remoteCalls.able(params.id, 'cancel', signal);
      await told(remote.cancel(params.backup, signal));
      remotePoll.soon(params.id);
    },
    cancelAll: async ({ params }, { signal }) => {
      await told((await remoteCalls.able(params.id, 'cancelAll', signal)).cancelAll(signal));
      remotePoll.soon(params.id);
    },
    change: ({ params, body: { name, description } }, { signal }) => {
      const change = { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) };
      return told(remoteCalls.change(params.id, params.backup, change, signal));
    },
    lock: ({ params, body }, { signal }) => told(remoteCalls.lock(params.id, params.backup, body.locked, signal)),
    delete: ({ params }, { signal }) => told(remoteCalls.delete(params.id, params.backup, signal)),
    destroy: async ({ params: { id }, body }, { signal }) => {
      remotes.get(id);
      if (body.confirm !== id) {
        throw new HoldfastError('invalid-input', 'What is to be destroyed was not confirmed.', {
          hint: `Give the id of the remote again: ${id}`,
          fields: [{ path: 'confirm', message: `must be "${id}"` }],
        });
      }
      await told((await remoteCalls.able(id, 'destroyRepository', signal)).destroyRepository(signal));
      remotePoll.soon(id);
    },
    create: async ({ params, body }, { signal }) => ({ ...(await remoteRuns.createNow(params.id, body, signal)) }),
    restore: async ({ params: { id, backup }, body }, { signal }) => ({
      ...(await remoteRuns.restoreNow(id, backup, body, signal)),
    }),
    download: async ({ params: { id, backup }, body }, { signal }) => ({
      ...(await remoteRuns.downloadNow(id, backup, body.folder, signal)),
    }),
    ingest: async ({ params: { id, backup }, body }, { signal }) => ({
      ...(await remoteRuns.ingestNow(id, backup, body.repositoryId, signal)),
    }),
    import: async ({ params, body }, { signal }) => ({ ...(await remoteRuns.importNow(params.id, body, signal)) }),
    files: async ({ params }, { signal }) => [
      ...(await told((await remoteCalls.able(params.id, 'files', signal)).files(params.backup, signal))),
    ],
  };
}

async function statusOf(agent: AgentParts, remote: RemoteConfig, signal: AbortSignal): Promise<RemoteStatus> {
  const { remotes, remoteStates, remoteRuns, scheduler, queue } = agent;
  const [credential, client] = await Promise.all([
    remotes.credentialPlace(remote.id, signal),
    remotes.open(remote.id, signal).catch(() => undefined),
  ]);
  signal.throwIfAborted();
  return remoteStatus({
    remote,
    credential,
    capabilities: client?.capabilities,
    known: remoteStates.get(remote.id),
    jobs: queue.list().filter(({ remoteId }) => remoteId === remote.id),
    nextRunAt: scheduler.nextDueAt(itemId({ kind: 'remote', remoteId: remote.id })),
    waitingFor: remoteRuns.waitingFor(remote.id)?.text,
  });
}

/** A login that a remote refuses is not the caller's login here, which 401 would say. */
async function told<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!isHoldfastError(error, 'unauthenticated')) throw error;
    const { message, hint, context } = error;
    throw new HoldfastError('permission', message, { context, cause: error, ...(hint === undefined ? {} : { hint }) });
  }
}
