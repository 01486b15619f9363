/**
 * A job: one run of anything. What is stored, shown and sent; plain data.
 *
 *   queued ──► running ──► done | failed | cancelled
 *     │           └── the agent died: queued again, `attempt` one higher, the record of the first says `interrupted`
 *     └──► skipped (a condition did not hold; `reason` says which) | cancelled
 */
import type { SerializedError } from '../base/errors.ts';

export const jobKinds = [
  'backup',
  'restore',
  'copy',
  'forget',
  'prune',
  'check',
  'drill',
  'unlock',
  // On a server: an archive is fetched into a repository, a backup is proven, removed with its data, all of a scope is.
  'import',
  'verify',
  'remove',
  'destroy',
  // Of a remote (control/contract.ts, remotes).
  'remote-create',
  'remote-restore',
  'remote-import',
  'download',
  'ingest',
] as const;
export type JobKind = (typeof jobKinds)[number];

export const jobStates = ['queued', 'running', 'done', 'failed', 'cancelled', 'skipped', 'interrupted'] as const;
export type JobState = (typeof jobStates)[number];

/** Why it was started. */
export const jobTriggers = ['manual', 'schedule', 'catch-up', 'change', 'retry', 'follow-up'] as const;
export type JobTrigger = (typeof jobTriggers)[number];

/**
 * How a job uses its repositories: `exclusive` runs with nobody else there, one `write` runs beside any number of
 * `shared` ones (which only read). They are the locks that the engine takes.
 */
export type JobAccess = 'shared' | 'write' | 'exclusive';

/** What a job still has to do and has done; `undefined` is unknown. */
export interface JobProgress {
  /** What is being done, for a person: "reading", "copying to NAS". */
  readonly phase?: string;
  readonly filesDone?: number;
  readonly filesTotal?: number;
  readonly bytesDone?: number;
  readonly bytesTotal?: number;
  /** Seconds. */
  readonly secondsLeft?: number;
  readonly bytesPerSecond?: number;
  readonly currentPath?: string;
  readonly problems?: number;
  /** The store of a repository cannot be reached: why, and when it is tried again, at least. */
  readonly waiting?: { readonly reason: string; readonly seconds: number } | undefined;
}

/** What a runner is given: JSON, by kind (agent/runners). */
export type JobInput = Readonly<Record<string, unknown>>;
/** What came of it: JSON, by kind. */
export type JobResult = Readonly<Record<string, unknown>>;

export interface Job {
  /** Sorts by time of creation. */
  readonly id: string;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly trigger: JobTrigger;
  readonly planId?: string;
  readonly planName?: string;
  /** Of the remote that it is about, as `planId` and `planName` are of a plan. */
  readonly remoteId?: string;
  readonly remoteName?: string;
  /** Repositories it works on; one writer at a time for each. */
  readonly repositoryIds: readonly string[];
  /** Others that it only reads: the one that a copy comes from. */
  readonly readRepositoryIds?: readonly string[];
  /** By kind unless given (jobs/claims.ts). */
  readonly access?: JobAccess;
  readonly input: JobInput;
  /** From 1. */
  readonly attempt: number;
  /** How often the agent died while it ran. */
  readonly interruptions?: number;
  /** The job that this one tries again. */
  readonly retryOf?: string;
  /** The job that this one was made by: a copy follows a backup. */
  readonly followsJob?: string;
  /** It was told to stop, and has not stopped yet. */
  readonly cancelling?: boolean;
  /** ISO times. */
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Why it was skipped, or what about it wants a look. */
  readonly reason?: string;
  readonly progress?: JobProgress;
  readonly result?: JobResult;
  readonly error?: SerializedError;
  /** Files it could not read or write; the log lists them. */
  readonly problems?: number;
  /** Finished, but it wants a look ("most files are gone"). */
  readonly warnings?: readonly string[];
}

/** Ended, one way or another. */
export function isEnded({ state }: Pick<Job, 'state'>): boolean {
  return state !== 'queued' && state !== 'running';
}
