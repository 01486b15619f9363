/** Applies a plan's retention to its snapshots in one repository; their data stays until prune. */
import type { JobResult } from '../../jobs/job.ts';
import { acquireLock, executeForget, listSnapshots, planForget, type StoredSnapshot } from '../../repository/mod.ts';
import { planFilter } from '../plans/plan-snapshots.ts';
import { findClockDoubt } from '../upkeep/clock-doubt.ts';
import { forgetPolicy } from '../upkeep/retention-decision.ts';
import type { ForgetJob } from './inputs.ts';
import { whyNoSnapshots } from './missing-snapshots.ts';
import { lockWaitMs, type RunContext, type RunnerServices, shortId } from './runner.ts';

/** Removes nothing while the clock is in doubt; skipped where there is no snapshot at all. */
export async function runForget(services: RunnerServices, context: RunContext, input: ForgetJob): Promise<JobResult> {
  const { repositories, clock } = services;
  const { signal } = context;
  await using repository = await repositories.open(input.repositoryId, signal);
  await using lock = await acquireLock(repository, { exclusive: true, waitMs: lockWaitMs, signal });
  const filter = planFilter(input.planId, input.hostname);
  const snapshots = await listSnapshots(repository, { signal: lock.signal, filter });
  if (snapshots.length === 0) {
    const why = await whyNoSnapshots(services, context, { repositoryId: input.repositoryId, repository });
    if (why !== undefined) {
      context.skip(why);
      return { kept: 0, removed: 0 };
    }
  }
  const doubt = findClockDoubt(timesUntil(clock.now(), snapshots));
  if (doubt !== undefined) {
    context.log('warning', doubt.text);
    return { kept: snapshots.length, removed: 0, doubt: doubt.text };
  }
  const plan = await planForget(
    repository,
    {
      policy: forgetPolicy(input.retention),
      groupBy: { host: true, paths: true, tags: false },
      filter,
      allowRemoveAll: false,
    },
    { signal: lock.signal, clock },
  );
  await executeForget(repository, plan, lock);
  for (const { id, snapshot } of plan.remove) {
    context.log('info', `Removed snapshot ${shortId(id)} of ${snapshot.time}.`);
  }
  const kept = plan.groups.reduce((sum, { keep }) => sum + keep.length, 0);
  context.log('info', `${kept} kept, ${plan.remove.length} removed.`);
  return { kept, removed: plan.remove.length };
}

function timesUntil(now: Date, snapshots: readonly StoredSnapshot[]): Date[] {
  return snapshots
    .map(({ timeNs }) => new Date(Number(timeNs / 1_000_000n)))
    .filter((time) => time.getTime() <= now.getTime());
}
