/** Restores what was picked of a snapshot: to its original place, or into a folder; or only counts. */
import { fromUtf8, toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { JobResult } from '../../jobs/job.ts';
import { type RestoreSummary, restoreSelection } from '../../restore/mod.ts';
import { fileProgress } from './file-progress.ts';
import type { RestoreJob } from './inputs.ts';
import { lockWaitMs, type RunContext, type RunnerServices } from './runner.ts';

/** @throws as the engine's restore; `io` where some items could not be restored (they are listed), the rest is there then */
export async function runRestoreJob(
  { repositories }: RunnerServices,
  context: RunContext,
  input: RestoreJob,
): Promise<JobResult> {
  const { signal } = context;
  const { target, from } = input;
  await using repository = await repositories.open(input.repositoryId, signal);
  const summary = await restoreSelection({
    repository,
    snapshot: input.snapshotId,
    paths: input.paths.length === 0 ? ['/'] : input.paths.map(fromUtf8),
    destination:
      target === undefined
        ? { kind: 'original' }
        : { kind: 'folder', path: fromUtf8(target), ...(from === undefined ? {} : { from: fromUtf8(from) }) },
    overwrite: input.overwrite,
    dryRun: input.dryRun,
    verify: !input.dryRun,
    lockWaitMs,
    signal,
    onProblem: ({ path, error }) => context.problem(toUtf8(path), error.message),
    onProgress: (done) => context.progress(fileProgress(input.dryRun ? 'counting' : 'restoring', done)),
  });
  const result = resultOf(summary);
  const { files } = result;
  context.log(
    'info',
    `Files: ${Object.entries(files)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}.`,
  );
  const { problems } = summary;
  if (problems.length === 0) return result;
  throw new HoldfastError('io', `${problems.length} items could not be restored; the rest was.`, {
    hint: 'The job lists them, each with its reason. Put that right, and restore again: what is there already is left alone.',
    context: { problems: problems.length },
  });
}

function resultOf({ snapshotId, target, dryRun, files, dirs, others, bytesRestored, bytesSkipped }: RestoreSummary) {
  return {
    snapshotId,
    target: toUtf8(target),
    dryRun,
    files: { ...files },
    dirs: { ...dirs },
    others: { ...others },
    bytesRestored,
    bytesSkipped,
  };
}
