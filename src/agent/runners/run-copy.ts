/** Copies the snapshots of a plan that another repository lacks. */
import type { JobResult } from '../../jobs/job.ts';
import { acquireLock, copySnapshots, listSnapshots, removeAbandonedLocks, startLock } from '../../repository/mod.ts';
import { planFilter } from '../plans/plan-snapshots.ts';
import type { CopyJob } from './inputs.ts';
import { recordSize } from './record-size.ts';
import { lockWaitMs, type RunContext, type RunnerServices, shortId } from './runner.ts';

export async function runCopy(services: RunnerServices, context: RunContext, input: CopyJob): Promise<JobResult> {
  const { repositories } = services;
  const { signal } = context;
  await using source = await repositories.open(input.from, signal);
  await using target = await repositories.open(input.to, signal);
  await removeAbandonedLocks(target, signal);
  await using reading = await startLock(source, { exclusive: false, waitMs: lockWaitMs, signal });
  await using lock = await acquireLock(target, { exclusive: false, waitMs: lockWaitMs, signal });
  const both = AbortSignal.any([reading.signal, lock.signal]);
  const filter = planFilter(input.planId, input.hostname);
  const summary = await copySnapshots({
    source,
    target,
    snapshots: await listSnapshots(source, { signal: both, filter }),
    signal: both,
    commit: lock.commit,
    onSaved: (stored, id) => context.log('info', `Copied snapshot ${shortId(stored.id)} as ${shortId(id)}.`),
    onProgress: ({ bytesDone, bytesTotal }) => context.progress({ phase: 'copying', bytesDone, bytesTotal }),
  });
  context.log('info', `${summary.copied} copied, ${summary.skipped} were there already.`);
  await recordSize(services, context, input.to);
  return { ...summary };
}
