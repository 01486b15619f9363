/** Proves a plan: restores a random sample of its last snapshots and compares it. */
import { toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { JobResult } from '../../jobs/job.ts';
import { listSnapshots } from '../../repository/mod.ts';
import { type DrillFinding, runDrill } from '../drill/run-drill.ts';
import { planFilter } from '../plans/plan-snapshots.ts';
import type { DrillJob } from './inputs.ts';
import { lockWaitMs, type RunContext, type RunnerServices, shortId } from './runner.ts';

/** Enough to find what is wrong with many files; little enough to be done every day. */
const sampleFiles = 100;
const sampleBytes = 256 * 1024 * 1024;
/** The newest holds most of what counts; older ones show that what was saved then is still there. */
const lastSnapshots = 3;

/** @throws `corrupt` if a file did not come back right; `not-found` where there is no snapshot yet */
export async function runDrillJob(services: RunnerServices, context: RunContext, input: DrillJob): Promise<JobResult> {
  const { repositories, host, random, scratchFolder } = services;
  const { signal } = context;
  await using opened = await repositories.open(input.repositoryId, signal);
  const repository = opened.withoutCache();
  const filter = planFilter(input.planId, host.hostname);
  const snapshots = (await listSnapshots(repository, { signal, filter })).slice(-lastSnapshots);
  if (snapshots.length === 0) {
    throw new HoldfastError('not-found', 'There is no snapshot of this plan yet that could be restored.', {
      hint: 'Back up first.',
    });
  }
  const result = await runDrill({
    repository,
    snapshots,
    sampleFiles,
    sampleBytes,
    scratchFolder,
    hostname: host.hostname,
    random,
    lockWaitMs,
    signal,
    onProgress: ({ phase, filesDone, filesTotal, currentPath }) =>
      context.progress({
        phase,
        filesDone,
        filesTotal,
        ...(currentPath === undefined ? {} : { currentPath: toUtf8(currentPath) }),
      }),
  });
  const { failures, sourceDiffers, incomplete, files, bytes, comparedWithSource } = result;
  for (const finding of [...failures, ...incomplete]) context.problem(pathOf(finding), finding.error.message);
  for (const { path } of sourceDiffers) {
    context.warn(
      `${toUtf8(path)} is not what was saved, although its size and time are: look at that file and its disk.`,
    );
  }
  context.log('info', `${files} files came back right; ${comparedWithSource} were compared with their originals.`);
  if (failures.length > 0) throw notProven(failures);
  return {
    snapshotIds: [...result.snapshotIds],
    files,
    bytes,
    comparedWithSource,
    sourceDiffers: sourceDiffers.length,
  };
}

function pathOf({ path, snapshotId }: DrillFinding): string {
  return `${toUtf8(path)} (snapshot ${shortId(snapshotId)})`;
}

function notProven(failures: readonly DrillFinding[]): HoldfastError {
  return new HoldfastError('corrupt', `${failures.length} files of the sample did not come back right.`, {
    hint: 'The job lists them. Run a check with all data to see what else is damaged.',
    context: { failures: failures.length },
  });
}
