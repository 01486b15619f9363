/**
 * The backup of a plan into its first repository:
 *
 *   locks of the dead away ─► take what the watcher heard ─► the engine's backup ─► remember what was saved
 *
 * Only a run that a change has asked for looks at nothing but what the watcher heard; all others look at everything, so that
 * what is backed up by hand is there as it was at that time. It ends with a snapshot, or fails and gives back what it took.
 * Hooks around it are run-plan.ts's; what follows (copies, retention) are jobs of their own.
 */
import { type BackupSummary, runBackup } from '../../backup/mod.ts';
import { type ByteString, fromUtf8, toUtf8 } from '../../base/byte-string.ts';
import { isHoldfastError } from '../../base/errors.ts';
import type { Plan } from '../../config/plan.ts';
import { fileAttributes } from '../../platform/attributes.ts';
import type { HostIdentity } from '../../platform/host.ts';
import { programVersion } from '../../platform/program-version.ts';
import { lookupGroup, lookupUser } from '../../platform/users.ts';
import { listSnapshots, type Repository, removeAbandonedLocks } from '../../repository/mod.ts';
import { selectorOf } from '../plans/plan-excludes.ts';
import { planTag } from '../plans/plan-snapshots.ts';
import { rollbackText } from '../repositories/rolled-back.ts';
import { databaseStreams } from './database-streams.ts';
import { fileProgress } from './file-progress.ts';
import type { BackupJob } from './inputs.ts';
import { lockWaitMs, type RunContext, type RunnerServices } from './runner.ts';

/** @throws as the engine's `runBackup`; `signal.reason` when cancelled. Nothing that was heard is lost then. */
export async function backUpPlan(
  services: RunnerServices,
  context: RunContext,
  plan: Plan,
  input: BackupJob,
): Promise<BackupSummary> {
  const { pending, clock, repositories, host } = services;
  const { job, signal } = context;
  const repositoryId = job.repositoryIds[0]!;
  await using repository = await repositories.open(repositoryId, signal);
  const left = await removeAbandonedLocks(repository, signal);
  if (left > 0) context.log('info', `Removed ${left} locks that were left behind.`);
  await tellRollback(services, context, { plan, repositoryId, repository });
  const taken = pending.take(plan.id);
  const { since } = taken;
  const isOfChange = job.trigger === 'change';
  const streamed = databaseStreams(plan, services, signal);
  try {
    const summary = await runBackup({
      repository,
      targets: plan.sources.map(fromUtf8),
      ...(streamed === undefined ? {} : { streamed }),
      cwd: fromUtf8('/'),
      selector: selectorOf(plan.excludes, (message) => context.log('warning', message)),
      excludes: plan.excludes.patterns,
      identity: identityOf(host),
      programVersion: programVersion(),
      nodes: { owners: { lookupUser, lookupGroup }, attributes: fileAttributes(), withAccessTime: false },
      tags: [...plan.tags, planTag(plan.id)],
      allowEmpty: input.allowEmpty,
      skipIfUnchanged: isOfChange,
      ...(isOfChange && since !== undefined && !input.full ? { changes: { ...taken, since } } : {}),
      lockWaitMs,
      signal,
      clock,
      onProblem: ({ path, error }) => context.problem(toUtf8(path), error.message),
      onProgress: (done) => context.progress(fileProgress('saving', done)),
    });
    const saved = summary.snapshotId ?? summary.parentId;
    if (saved !== undefined) {
      pending.saved(
        plan.id,
        saved,
        summary.problems.map(({ path }) => folderOf(path)),
      );
    }
    return summary;
  } catch (error) {
    pending.giveBack(plan.id, taken);
    throw error;
  }
}

/** One look at a file, but for where it is gone. */
async function tellRollback(
  { memory, notices }: RunnerServices,
  { signal, log }: RunContext,
  {
    plan,
    repositoryId,
    repository,
  }: { readonly plan: Plan; readonly repositoryId: string; readonly repository: Repository },
): Promise<void> {
  const { id, name } = plan;
  const acknowledged = memory.get(id).newest[repositoryId];
  if (acknowledged === undefined) return;
  try {
    await repository.backend.stat({ type: 'snapshot', name: acknowledged }, signal);
  } catch (error) {
    if (!isHoldfastError(error, 'not-found')) throw error;
    const snapshots = await listSnapshots(repository, { signal, onDamaged: () => undefined });
    const message = `"${name}": ${rollbackText(acknowledged, snapshots)}`;
    log('warning', message);
    notices.add({
      level: 'warning',
      code: 'repository-rolled-back',
      message,
      hint: 'If you did not remove it, an older copy of the repository was put back: later backups in it may be missing.',
      planId: id,
      repositoryId,
    });
  }
}

function identityOf({ hostname, username, uid, gid }: HostIdentity) {
  return { hostname, username, ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
}

function folderOf(path: ByteString): ByteString {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}
