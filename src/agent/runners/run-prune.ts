/** Removes what no snapshot needs, and always says what it did. Skipped where there is no snapshot at all. */
import type { JobResult } from '../../jobs/job.ts';
import { pruneRepository, unusedShare } from '../../repository/mod.ts';
import type { PruneJob } from './inputs.ts';
import { whyNoSnapshots } from './missing-snapshots.ts';
import { recordSize } from './record-size.ts';
import { lockWaitMs, type RunContext, type RunnerServices } from './runner.ts';

/** restic's default. */
const maxUnusedPercent = 5;

export async function runPrune(services: RunnerServices, context: RunContext, input: PruneJob): Promise<JobResult> {
  const { repositories } = services;
  const { signal } = context;
  await using repository = await repositories.open(input.repositoryId, signal);
  const why = await whyNoSnapshots(services, context, { repositoryId: input.repositoryId, repository });
  if (why !== undefined) {
    context.skip(why);
    return { newPacks: 0, removedPacks: 0, freedBytes: 0 };
  }
  const { stats, newPacks, removedPacks } = await pruneRepository({
    repository,
    limits: {
      maxUnusedBytes: unusedShare(maxUnusedPercent),
      maxRepackBytes: Number.POSITIVE_INFINITY,
      repackCacheableOnly: false,
      repackUncompressed: false,
    },
    lockWaitMs,
    signal,
    onProgress: ({ phase, bytesDone, bytesTotal }) =>
      context.progress({
        phase: phases[phase],
        ...(bytesDone === undefined ? {} : { bytesDone }),
        ...(bytesTotal === undefined ? {} : { bytesTotal }),
      }),
  });
  const freedBytes = stats.bytes.removeTotal + stats.bytes.repackRemove + stats.bytes.unreferenced;
  const remainingBytes = stats.bytes.remaining;
  context.log(
    'info',
    `Removed ${removedPacks} packs, wrote ${newPacks}: ${freedBytes} bytes freed, ${remainingBytes} left.`,
  );
  await recordSize(services, context, input.repositoryId);
  return { newPacks, removedPacks, freedBytes, remainingBytes };
}

const phases = {
  index: 'reading the index',
  trees: 'reading trees',
  repack: 'repacking',
  remove: 'removing packs',
} as const;
