/** The size of a repository, for the charts: after each backup and copy (of a continuous plan once an hour) and prune. */
import { indexTotals } from '../../repository/mod.ts';
import type { RunContext, RunnerServices } from './runner.ts';

const hourMs = 3_600_000;

/** Not worth failing a job for. @throws `signal.reason` alone */
export async function recordSize(services: RunnerServices, context: RunContext, repositoryId: string): Promise<void> {
  const { statistics, repositories, clock } = services;
  const { job, signal } = context;
  try {
    const last = (await statistics.series(repositoryId)).at(-1);
    const ageMs = last === undefined ? Number.POSITIVE_INFINITY : clock.now().getTime() - Date.parse(last.time);
    if (job.trigger === 'change' && ageMs < hourMs) return;
    await using repository = await repositories.open(repositoryId, signal);
    let snapshots = 0;
    for await (const _ of repository.listFiles('snapshot', signal)) snapshots += 1;
    const totals = indexTotals(await repository.loadIndex(signal));
    await statistics.append(repositoryId, { time: clock.now().toISOString(), snapshots, ...totals });
  } catch {
    signal.throwIfAborted();
  }
}
