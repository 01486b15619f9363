/** Jobs as the control API shows them. */
import { z } from 'zod';
import type { ErrorCode } from '../../base/errors.ts';
import { jobKinds, jobStates, jobTriggers } from '../../jobs/job.ts';

/** An error as it is stored and sent (SerializedError in base/errors.ts). */
export const errorSchema = z.object({
  code: z.custom<ErrorCode>((code) => typeof code === 'string'),
  message: z.string(),
  retry: z.enum(['never', 'backoff']),
  hint: z.string().optional(),
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).optional()),
  cause: z.string().optional(),
});

const count = z.number().optional();
const progressSchema = z.object({
  phase: z.string().optional(),
  filesDone: count,
  filesTotal: count,
  bytesDone: count,
  bytesTotal: count,
  secondsLeft: count,
  bytesPerSecond: count,
  currentPath: z.string().optional(),
  problems: count,
  waiting: z.object({ reason: z.string(), seconds: z.number() }).optional(),
});

/** A job (jobs/job.ts). */
export const jobSchema = z.object({
  id: z.string(),
  kind: z.enum(jobKinds),
  state: z.enum(jobStates),
  trigger: z.enum(jobTriggers),
  planId: z.string().optional(),
  planName: z.string().optional(),
  remoteId: z.string().optional(),
  remoteName: z.string().optional(),
  repositoryIds: z.array(z.string()).readonly(),
  input: z.record(z.string(), z.unknown()),
  attempt: z.int(),
  /** How often the agent died while it ran. */
  interruptions: z.int().optional(),
  /** The job that this one tries again. */
  retryOf: z.string().optional(),
  /** The job that this one was made by: a copy follows a backup. */
  followsJob: z.string().optional(),
  /** Told to stop, and has not stopped yet. */
  cancelling: z.boolean().optional(),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  reason: z.string().optional(),
  progress: progressSchema.optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: errorSchema.optional(),
  problems: count,
  warnings: z.array(z.string()).readonly().optional(),
});

/** Jobs that came of another one: copies and retention that follow it, and those that try it again. */
export const relatedAnswer = z.object({
  jobs: z.array(jobSchema),
  /** It is in the history, and everything that follows it is known. */
  complete: z.boolean(),
});

/** Which of the past jobs. Times are ISO. */
export const historyQuery = z.object({
  planId: z.string().optional(),
  repositoryId: z.string().optional(),
  remoteId: z.string().optional(),
  kind: z.enum(jobKinds).optional(),
  state: z.enum(jobStates).optional(),
  /** In names, reasons, errors. */
  text: z.string().optional(),
  /** From an earlier page: `next`. */
  cursor: z.string().optional(),
  limit: z.int().min(1).max(1000).default(50),
});

export const historyPage = z.object({
  jobs: z.array(jobSchema),
  /** Absent on the last page. */
  next: z.string().optional(),
});

export const logPage = z.object({
  lines: z.array(z.object({ time: z.string(), level: z.enum(['info', 'warning', 'error']), text: z.string() })),
  total: z.int(),
});

export const problemsPage = z.object({
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
  total: z.int(),
});

/** A page of something that is counted. */
export const pageQuery = z.object({
  offset: z.int().min(0).default(0),
  limit: z.int().min(1).max(1000).default(200),
});
