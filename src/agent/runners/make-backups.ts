/**
 * Lets a remote make backups, and follows them to their end.
 *
 *     was it asked for already? ─► follow what was made          (a run that was interrupted)
 *     what is there now, and that we ask: on the disk ─► ask ─► what is made: on the disk ─► follow
 *
 * Guarantees: what was asked for is not asked for again while it may have been made: what appeared since is looked for first, and
 * followed. A job that is cancelled ends what it began there, where the dialect can.
 */
import { HoldfastError, messageOf } from '../../base/errors.ts';
import type { Remote, RemoteBackup } from '../../remote/remote.ts';
import type { Begun } from '../remotes/job-memory.ts';
import { badEnd, patiently, surelyNotDone, withGrace } from './remote-access.ts';
import type { RunContext, RunnerServices } from './runner.ts';

export interface MakeBackups {
  readonly remoteId: string;
  /** Asks for them. */
  readonly make: (remote: Remote, signal: AbortSignal) => Promise<readonly RemoteBackup[]>;
}

/** Clocks of two machines differ. */
const clocksDifferMs = 10 * 60_000;
const cancelWithinMs = 10_000;

/** @returns the backups as they ended, all of them good. @throws what the remote says of one that is not */
export async function makeBackups(
  services: RunnerServices,
  context: RunContext,
  options: MakeBackups,
): Promise<readonly RemoteBackup[]> {
  const { remotes } = services;
  const { job, signal } = context;
  const remote = await remotes.open(options.remoteId, signal);
  const ids = await begin(services, context, remote, options);
  let ended: readonly RemoteBackup[];
  try {
    ended = await Promise.all(ids.map((id) => followOne(services, context, remote, options.remoteId, id)));
  } catch (error) {
    if (context.isCancelled()) await cancelThere(services, context, remote, ids);
    throw error;
  }
  await remotes.jobs.forget(job.id);
  const bad = ended.map(badEnd).find((error) => error !== undefined);
  if (bad !== undefined) throw bad;
  return ended;
}

async function begin(
  services: RunnerServices,
  context: RunContext,
  remote: Remote,
  { make }: MakeBackups,
): Promise<readonly string[]> {
  const { remotes, clock } = services;
  const { job, signal } = context;
  const before = await remotes.jobs.adopt(job);
  const found = before.backupIds ?? (await madeMeanwhile(remote, before, signal));
  if (found.length > 0) {
    context.log('info', `It was asked for already: goes on with ${found.join(', ')}.`);
    if (before.backupIds === undefined) await remotes.jobs.set(job.id, { ...before, backupIds: found });
    return found;
  }
  context.progress({ phase: 'asking the remote' });
  const knownIds = (await Array.fromAsync(remote.list({}, signal))).map(({ id }) => id);
  const asked: Begun = { askedAt: clock.now().toISOString(), knownIds };
  await remotes.jobs.set(job.id, asked);
  signal.throwIfAborted();
  using grace = withGrace(signal, clock);
  let made: readonly RemoteBackup[];
  try {
    made = await make(remote, grace.signal);
  } catch (error) {
    if (surelyNotDone(error)) await remotes.jobs.forget(job.id);
    throw error;
  }
  const backupIds = made.map(({ id }) => id);
  await remotes.jobs.set(job.id, { ...asked, backupIds });
  context.log('info', `The remote makes ${backupIds.join(', ')}.`);
  return backupIds;
}

/** What came since an order whose answer was lost: the first, and those of its group. */
async function madeMeanwhile(
  remote: Remote,
  { askedAt, knownIds = [] }: Begun,
  signal: AbortSignal,
): Promise<string[]> {
  if (askedAt === undefined) return [];
  const known = new Set(knownIds);
  const earliestMs = Date.parse(askedAt) - clocksDifferMs;
  const timeOf = ({ createdAt }: RemoteBackup): number =>
    createdAt === undefined ? earliestMs : Date.parse(createdAt);
  const fresh = (await Array.fromAsync(remote.list({}, signal)))
    .filter((backup) => !known.has(backup.id) && timeOf(backup) >= earliestMs)
    .toSorted((one, other) => timeOf(one) - timeOf(other));
  const [first] = fresh;
  if (first === undefined) return [];
  const { group } = first;
  return (group === undefined ? [first] : fresh.filter((one) => one.group === group)).map(({ id }) => id);
}

async function followOne(
  { remotes, clock }: RunnerServices,
  context: RunContext,
  remote: Remote,
  remoteId: string,
  id: string,
): Promise<RemoteBackup> {
  using _ = remotes.follow(remoteId, id);
  let saw: Promise<unknown> = Promise.resolve();
  const onChange = (backup: RemoteBackup): void => {
    context.progress({
      phase: phaseOf(backup),
      ...(backup.sizeBytes === undefined ? {} : { bytesDone: backup.sizeBytes }),
    });
    saw = saw
      .then(() => remotes.seen(remoteId, backup))
      .catch((error: unknown) => context.log('warning', messageOf(error)));
  };
  try {
    const ended = await patiently((signal) => remote.wait(id, { onChange, signal }), context, clock);
    onChange(ended);
    context.log('info', `${id}: ${ended.state}.`);
    return ended;
  } finally {
    await saw;
  }
}

function phaseOf({ state }: RemoteBackup): string {
  return state === 'queued' ? 'queued on the remote' : state === 'running' ? 'running on the remote' : state;
}

async function cancelThere(
  { remotes }: RunnerServices,
  context: RunContext,
  remote: Remote,
  ids: readonly string[],
): Promise<void> {
  if (!remote.capabilities.actions.has('cancel')) {
    context.log('warning', 'The remote cannot be told to stop: the backup goes on there.');
  } else {
    const signal = AbortSignal.timeout(cancelWithinMs);
    const told = await Promise.allSettled(ids.map((id) => remote.cancel(id, signal)));
    for (const one of told) {
      if (one.status === 'rejected')
        context.log('warning', `It could not be ended on the remote: ${messageOf(one.reason)}`);
    }
  }
  await remotes.jobs.forget(context.job.id);
}

/** For the job's result. */
export function backupsResult(remoteId: string, backups: readonly RemoteBackup[]) {
  const sizes = backups.map(({ sizeBytes }) => sizeBytes).filter((bytes) => bytes !== undefined);
  return {
    remoteId,
    backupIds: backups.map(({ id }) => id),
    ...(sizes.length === 0 ? {} : { bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) }),
  };
}

/** An import's address was kept apart: it may hold a login. */
export function addressMissing(): HoldfastError {
  return new HoldfastError('invalid-input', 'The address to import from is not kept any more.', {
    hint: 'Import it again: holdfast remote import.',
  });
}
