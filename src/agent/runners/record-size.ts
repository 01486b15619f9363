/** The size of a repository, for the charts: after each backup and copy (of a continuous plan once an hour), check and prune. */
import { indexTotals, listSnapshots, type Repository } from '../../repository/mod.ts';
import type { RunContext, RunnerServices } from './runner.ts';

const hourMs = 3_600_000;

/** Not worth failing a job for. @param opened where the job has it open. @throws `signal.reason` alone */
export async function recordSize(
  services: RunnerServices,
  context: RunContext,
  repositoryId: string,
  opened?: Repository,
): Promise<void> {
  const { statistics, repositories, clock } = services;
  const { job, signal } = context;
  try {
    const last = (await statistics.series(repositoryId)).at(-1);
    const ageMs = last === undefined ? Number.POSITIVE_INFINITY : clock.now().getTime() - Date.parse(last.time);
    if (job.trigger === 'change' && ageMs < hourMs) return;
    await using own = opened === undefined ? await repositories.open(repositoryId, signal) : undefined;
    const repository = opened ?? own!;
    let damaged = 0;
    const whole = await listSnapshots(repository, { signal, onDamaged: () => (damaged += 1) });
    // Programs from before restic 0.17 wrote no sizes: of those snapshots nothing is counted.
    const heldBytes = whole.reduce((sum, { snapshot }) => sum + (snapshot.summary?.totalBytesProcessed ?? 0), 0);
    const totals = indexTotals(await repository.loadIndex(signal));
    const time = clock.now().toISOString();
    await statistics.append(repositoryId, { time, snapshots: whole.length + damaged, ...totals, heldBytes });
  } catch {
    signal.throwIfAborted();
  }
}
