/**
 * Lets a remote restore a backup there, and follows it to its end.
 *
 * Guarantee: it is asked for once. Where it is not known whether the remote got the order, the job fails and says so: a restore
 * that is done twice may take back what was changed in between.
 */
import { HoldfastError } from '../../base/errors.ts';
import type { JobResult } from '../../jobs/job.ts';
import { poll } from '../../remote/http/polling.ts';
import type { Remote, RemoteRestore, RemoteRestoreState } from '../../remote/remote.ts';
import type { RemoteRestoreJob } from './inputs.ts';
import { patiently, surelyNotDone, withGrace } from './remote-access.ts';
import type { RunContext, RunnerServices } from './runner.ts';

/** A remote that never says how it stands is not asked for ever. */
const unknownForMs = 10 * 60_000;

export async function runRemoteRestore(
  services: RunnerServices,
  context: RunContext,
  { remoteId, backupId, target, truncate }: RemoteRestoreJob,
): Promise<JobResult> {
  const { remotes } = services;
  const { job, signal } = context;
  const remote = await remotes.able(remoteId, 'restore', signal);
  const order = { truncate, ...(target === undefined ? {} : { target }) };
  const restore = await begin(services, context, remote, backupId, order);
  if (!remote.capabilities.actions.has('restoreStatus')) {
    context.log('info', 'The remote restores it, and does not tell how that goes on.');
    await remotes.jobs.forget(job.id);
    return { remoteId, backupId, isFollowed: false };
  }
  using _ = remotes.follow(remoteId, backupId);
  const ended = await patiently(
    (during) => untilOver(services, context, remote, restore, during),
    context,
    services.clock,
  );
  await remotes.jobs.forget(job.id);
  if (ended.state === 'failed' || ended.state === 'cancelled') throw badRestore(ended);
  if (ended.state === 'unknown') context.warn('The remote does not say how the restore ended: look at it there.');
  return { remoteId, backupId, ...(ended.target === undefined ? {} : { target: ended.target }) };
}

async function begin(
  { remotes, clock }: RunnerServices,
  { job, signal, log, progress }: RunContext,
  remote: Remote,
  backupId: string,
  order: Parameters<Remote['restore']>[1],
): Promise<RemoteRestore> {
  const { restore: before, askedAt } = await remotes.jobs.adopt(job);
  if (before !== undefined) {
    log('info', 'It was asked for already: goes on with that.');
    return before;
  }
  if (askedAt !== undefined) {
    await remotes.jobs.forget(job.id);
    throw new HoldfastError('conflict', 'It is not known whether the remote began this restore: its answer was lost.', {
      hint: 'Look at the remote, and restore again if it has not.',
      context: { backupId },
    });
  }
  progress({ phase: 'asking the remote' });
  await remotes.jobs.set(job.id, { askedAt: clock.now().toISOString() });
  signal.throwIfAborted();
  using grace = withGrace(signal, clock);
  try {
    const restore = await remote.restore(backupId, order, grace.signal);
    await remotes.jobs.set(job.id, { restore });
    return restore;
  } catch (error) {
    if (surelyNotDone(error)) await remotes.jobs.forget(job.id);
    throw error;
  }
}

function untilOver(
  { clock, random }: RunnerServices,
  context: RunContext,
  remote: Remote,
  restore: RemoteRestore,
  signal: AbortSignal,
): Promise<RemoteRestoreState> {
  const startedMs = clock.monotonicMs();
  return poll({
    clock,
    random,
    signal,
    waitingFor: 'the restore to finish',
    until: async (during) => {
      const status = await remote.restoreStatus(restore, during);
      const isOver = ['done', 'failed', 'cancelled'].includes(status.state);
      context.progress({ phase: isOver ? status.state : `${status.state} on the remote` });
      const isLost = status.state === 'unknown' && clock.monotonicMs() - startedMs > unknownForMs;
      return isOver || isLost ? status : undefined;
    },
  });
}

function badRestore({ state, message, target }: RemoteRestoreState): HoldfastError {
  const why = message === undefined ? '' : `: ${message}`;
  return new HoldfastError(state === 'failed' ? 'io' : 'cancelled', `The restore on the remote has ${state}${why}.`, {
    hint: 'Look at the remote itself for the reason.',
    context: { state, target },
  });
}
