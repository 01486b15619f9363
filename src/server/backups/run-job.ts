/** The runner that the server's queue calls. */
import { HoldfastError } from '../../base/errors.ts';
import type { JobResult } from '../../jobs/job.ts';
import type { JobRunner } from '../../jobs/running-job.ts';
import { backupJob, destroyJob, removeJob, restoreJob } from './job-inputs.ts';
import { runScopeBackup } from './run-backup.ts';
import { runImport } from './run-import.ts';
import { runDestroy, runRemove } from './run-remove.ts';
import { runScopeRestore } from './run-restore.ts';
import { runVerify } from './run-verify.ts';
import type { RunnerServices } from './runner.ts';

export function createServerRunner(services: RunnerServices): JobRunner {
  return async (job, context) => {
    const { kind, input } = job;
    switch (kind) {
      case 'backup': {
        const { totalBytes, storedBytes, files } = await runScopeBackup(
          services,
          context,
          backupJob.parse(input).backupId,
        );
        return { result: { totalBytes, storedBytes, files } satisfies JobResult };
      }
      case 'restore': {
        const { totalBytes } = await runScopeRestore(services, context, restoreJob.parse(input).restore);
        return { result: { totalBytes } satisfies JobResult };
      }
      case 'import': {
        const { totalBytes } = await runImport(services, context, backupJob.parse(input).backupId);
        return { result: { totalBytes } satisfies JobResult };
      }
      case 'verify':
        return { result: { ...(await runVerify(services, context, backupJob.parse(input).backupId)) } };
      case 'remove':
        await runRemove(services, context, removeJob.parse(input));
        return {};
      case 'destroy':
        await runDestroy(services, destroyJob.parse(input).scope);
        return {};
      default:
        throw new HoldfastError('unsupported', `The server runs no jobs of the kind "${kind}".`);
    }
  };
}
