/** The runner that the queue calls: opens the job's log, reads the input by kind, and lets the runner of the kind work. */
import { HoldfastError, messageOf } from '../../base/errors.ts';
import type { JobResult } from '../../jobs/job.ts';
import type { JobLogs } from '../../jobs/job-logs.ts';
import type { JobOutcome, JobRunner } from '../../jobs/running-job.ts';
import { followWaits } from './follow-waits.ts';
import {
  backupJob,
  checkJob,
  copyJob,
  downloadJob,
  drillJob,
  forgetJob,
  ingestJob,
  pruneJob,
  remoteCreateJob,
  remoteImportJob,
  remoteRestoreJob,
  restoreJob,
} from './inputs.ts';
import { runCheck } from './run-check.ts';
import { runCopy } from './run-copy.ts';
import { runDownload } from './run-download.ts';
import { runDrillJob } from './run-drill.ts';
import { runForget } from './run-forget.ts';
import { runIngest } from './run-ingest.ts';
import { runPlanBackup } from './run-plan.ts';
import { runPrune } from './run-prune.ts';
import { runRemoteCreate, runRemoteImport } from './run-remote-create.ts';
import { runRemoteRestore } from './run-remote-restore.ts';
import { runRestoreJob } from './run-restore.ts';
import type { RunContext, RunnerServices } from './runner.ts';

export function createRunner(services: RunnerServices, logs: JobLogs): JobRunner {
  return async (job, { signal, report, isCancelled }): Promise<JobOutcome> => {
    const log = logs.open(job.id);
    const warnings: string[] = [];
    let skipped: string | undefined;
    const context: RunContext = {
      job,
      signal,
      isCancelled,
      progress: report,
      log: (level, text) => log.write(level, text),
      problem: (path, message) => log.problem(path, message),
      warn: (text) => {
        warnings.push(text);
        log.write('warning', text);
      },
      skip: (reason) => {
        skipped = reason;
        log.write('info', reason);
      },
    };
    const used = [...job.repositoryIds, ...(job.readRepositoryIds ?? [])];
    const waitOf = () => used.map((id) => services.waitFor(id)).find((wait) => wait !== undefined);
    using _ = followWaits(waitOf, { clock: services.clock, report });
    try {
      const result = await runKind(services, context);
      return {
        result,
        problems: log.problems,
        ...(warnings.length === 0 ? {} : { warnings }),
        ...(skipped === undefined ? {} : { state: 'skipped', reason: skipped }),
      };
    } catch (error) {
      log.write('error', messageOf(error));
      throw error;
    } finally {
      await logs.close(job.id);
    }
  };
}

function runKind(services: RunnerServices, context: RunContext): Promise<JobResult> {
  const { kind, input } = context.job;
  switch (kind) {
    case 'backup':
      return runPlanBackup(services, context, backupJob.parse(input));
    case 'copy':
      return runCopy(services, context, copyJob.parse(input));
    case 'forget':
      return runForget(services, context, forgetJob.parse(input));
    case 'prune':
      return runPrune(services, context, pruneJob.parse(input));
    case 'check':
      return runCheck(services, context, checkJob.parse(input));
    case 'restore':
      return runRestoreJob(services, context, restoreJob.parse(input));
    case 'drill':
      return runDrillJob(services, context, drillJob.parse(input));
    case 'remote-create':
      return runRemoteCreate(services, context, remoteCreateJob.parse(input));
    case 'remote-import':
      return runRemoteImport(services, context, remoteImportJob.parse(input));
    case 'remote-restore':
      return runRemoteRestore(services, context, remoteRestoreJob.parse(input));
    case 'download':
      return runDownload(services, context, downloadJob.parse(input));
    case 'ingest':
      return runIngest(services, context, ingestJob.parse(input));
    default:
      throw new HoldfastError('unsupported', `The agent runs no jobs of the kind "${kind}".`);
  }
}
