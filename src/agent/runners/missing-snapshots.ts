/**
 * A repository that shows no snapshot at all: new, or its snapshots were taken away, or its listing lies. Nothing is removed from it
 * by itself. Which of these it is, the agent's memory tells: what plans have saved there, and how many snapshots it held.
 */
import type { Repository } from '../../repository/mod.ts';
import type { RunContext, RunnerServices } from './runner.ts';

const code = 'snapshots-gone';

/**
 * Why there is nothing to tidy up, where the repository shows no snapshot; undefined where it shows some. Where it is known to have had
 * some, the user is warned.
 */
export async function whyNoSnapshots(
  { memory, statistics, notices }: RunnerServices,
  { log, signal }: RunContext,
  { repositoryId, repository }: { readonly repositoryId: string; readonly repository: Repository },
): Promise<string | undefined> {
  for await (const _ of repository.listFiles('snapshot', signal)) {
    notices.settle(code, { repositoryId });
    return undefined;
  }
  const points = await statistics.series(repositoryId);
  if (!memory.isSavedIn(repositoryId) && !points.some(({ snapshots }) => snapshots > 0)) {
    return 'There is no snapshot in the repository yet.';
  }
  const message = 'The repository shows no snapshot any more, though there were some: nothing is removed from it.';
  log('warning', message);
  notices.add({
    level: 'warning',
    code,
    message,
    hint: 'Look whether somebody has removed them, and whether its disk or server is whole. If it is right so, tidy up by hand: holdfast prune --unsafe-allow-remove-all',
    repositoryId,
  });
  return message;
}
