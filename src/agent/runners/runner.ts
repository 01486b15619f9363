/** What the runners of the kinds of job are given. They know the engine; they know nothing of queues and faces. */
import type { Clock } from '../../base/clock.ts';
import type { Wait } from '../../base/shared-waits.ts';
import type { Plan } from '../../config/plan.ts';
import type { Job, JobProgress } from '../../jobs/job.ts';
import type { LogLevel } from '../../jobs/job-log.ts';
import type { HostIdentity } from '../../platform/host.ts';
import type { OpenRepositories } from '../../repository/mod.ts';
import type { Statistics } from '../history/statistics.ts';
import type { Notices } from '../notices.ts';
import type { PlanMemory } from '../plans/plan-memory.ts';
import type { UpkeepMemory } from '../upkeep/upkeep-memory.ts';
import type { PendingChanges } from '../watch/pending-changes.ts';
import type { RemoteAccess } from './remote-access.ts';

/** One run of a job. */
export interface RunContext {
  readonly job: Job;
  /** Aborts when the job is cancelled or the agent ends. */
  readonly signal: AbortSignal;
  /** It was cancelled, and not merely stopped to be gone on with later. */
  isCancelled(): boolean;
  progress(progress: JobProgress): void;
  /** A line of the job's log. */
  log(level: LogLevel, text: string): void;
  /** A file that could not be read, written or proven; it is in the log, too. */
  problem(path: string, message: string): void;
  /** Something about the run that wants a look. */
  warn(text: string): void;
  /** There was nothing to do, for that reason: the job counts as skipped when its runner has ended. */
  skip(reason: string): void;
}

/** What all runs share. */
export interface RunnerServices {
  readonly repositories: OpenRepositories;
  /** Whether the store of that repository is waited for, and why. */
  readonly waitFor: (repositoryId: string) => Wait | undefined;
  /** @throws `not-found` for a plan that was deleted */
  readonly plan: (id: string) => Plan;
  /** Undefined for one that is not kept. */
  readonly readSecret: (name: string, signal: AbortSignal) => Promise<string | undefined>;
  readonly remotes: RemoteAccess;
  readonly pending: PendingChanges;
  readonly memory: PlanMemory;
  readonly upkeepMemory: UpkeepMemory;
  readonly statistics: Statistics;
  readonly notices: Pick<Notices, 'add' | 'settle'>;
  readonly host: HostIdentity;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** For what a drill restores; emptied by it. */
  readonly scratchFolder: string;
}

/** How long a job waits for a lock of another program before it fails, to be tried again. */
export const lockWaitMs = 60_000;

/** As restic shows ids. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
