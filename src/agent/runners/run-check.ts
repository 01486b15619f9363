/**
 * Looks for damage, and reads a share of the data back. Fails when there is any, and names the files that it concerns.
 * Before that, where the store locks files, the lock on what the snapshots need is extended: damage must not keep the rest from it.
 */
import { toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError, messageOf } from '../../base/errors.ts';
import type { JobResult } from '../../jobs/job.ts';
import { type CheckReport, checkRepository, extendObjectLock, type Repository } from '../../repository/mod.ts';
import { readSubsetOf } from '../upkeep/read-share.ts';
import type { CheckJob } from './inputs.ts';
import { recordSize } from './record-size.ts';
import { lockWaitMs, type RunContext, type RunnerServices } from './runner.ts';

/** @throws `corrupt` for damage */
export async function runCheck(services: RunnerServices, context: RunContext, input: CheckJob): Promise<JobResult> {
  const { repositories, upkeepMemory } = services;
  const { repositoryId, share } = input;
  const { signal } = context;
  await using repository = await repositories.open(repositoryId, signal);
  await keepLocked(context, repository);
  const report = await checkRepository({
    repository,
    lockWaitMs,
    signal,
    ...(share === undefined ? {} : { read: readSubsetOf(share) }),
    onError: ({ message }) => context.log('error', message),
    onProgress: ({ phase, bytesDone, bytesTotal }) =>
      context.progress({
        phase: `checking ${phase}`,
        ...(bytesDone === undefined ? {} : { bytesDone }),
        ...(bytesTotal === undefined ? {} : { bytesTotal }),
      }),
  });
  for (const { message } of report.hints) context.log('info', message);
  for (const { path, reason } of report.damagedFiles) context.problem(toUtf8(path), reason);
  if (report.errors.length > 0) throw damageFound(report, repositoryId);
  if (share !== undefined) await upkeepMemory.noteRead(repositoryId, share);
  const { snapshots, trees, packs, packsRead, bytesRead } = report;
  context.log('info', `No damage: ${snapshots} snapshots, ${packs} packs, ${packsRead} of them read whole.`);
  await recordSize(services, context, repositoryId, repository);
  return { snapshots, trees, packs, packsRead, bytesRead };
}

/** Trouble with it is a warning: the check itself is worth no less. */
async function keepLocked(context: RunContext, repository: Repository): Promise<void> {
  const { signal } = context;
  try {
    const kept = await extendObjectLock({
      repository,
      lockWaitMs,
      signal,
      onProgress: () => context.progress({ phase: 'extending the object lock' }),
    });
    if (kept === undefined) return;
    context.log('info', `Object lock: extended on ${kept.extended} of the ${kept.files} files that snapshots need.`);
  } catch (error) {
    signal.throwIfAborted();
    context.warn(`The object lock could not be extended: ${messageOf(error)}`);
  }
}

function damageFound({ errors, damagedFiles, damagedSnapshots }: CheckReport, repositoryId: string): HoldfastError {
  return new HoldfastError(
    'corrupt',
    `The repository is damaged (errors: ${errors.length}). Files that cannot be restored whole: ${damagedFiles.length}, in ${damagedSnapshots.length} snapshots.`,
    {
      hint: 'The job lists them. Other repositories of the plan may have them whole; `holdfast repair` mends the repository.',
      context: { repositoryId, errors: errors.length, files: damagedFiles.length },
    },
  );
}
