/** Lets a remote make a backup, or import one, and follows it to its end. */
import type { JobResult } from '../../jobs/job.ts';
import { checkedOrder } from '../remotes/remote-order.ts';
import type { RemoteCreateJob, RemoteImportJob } from './inputs.ts';
import { addressMissing, backupsResult, makeBackups } from './make-backups.ts';
import type { RunContext, RunnerServices } from './runner.ts';

/** @throws the remote's errors; `io` for a backup that failed there, `cancelled` for one that was ended there */
export async function runRemoteCreate(
  services: RunnerServices,
  context: RunContext,
  { remoteId, order }: RemoteCreateJob,
): Promise<JobResult> {
  const config = services.remotes.get(remoteId);
  const backups = await makeBackups(services, context, {
    remoteId,
    make: (remote, signal) => remote.create(checkedOrder(order, config, remote.capabilities), signal),
  });
  return backupsResult(remoteId, backups);
}

/** @throws as `runRemoteCreate` */
export async function runRemoteImport(
  services: RunnerServices,
  context: RunContext,
  { remoteId, group, databaseType, addressSecret }: RemoteImportJob,
): Promise<JobResult> {
  await services.remotes.able(remoteId, 'import', context.signal);
  const url = await services.readSecret(addressSecret, context.signal);
  if (url === undefined) throw addressMissing();
  const backups = await makeBackups(services, context, {
    remoteId,
    make: async (remote, signal) => [await remote.import({ group, databaseType, url }, signal)],
  });
  return backupsResult(remoteId, backups);
}
