/** Stored jobs, checked when they are read. What is not known is left out, so that a job of a newer Holdfast still shows. */
import { z } from 'zod';
import type { ErrorCode } from '../base/errors.ts';
import { type Job, jobKinds, jobStates, jobTriggers } from './job.ts';

const number = z.exactOptional(z.number());
const text = z.exactOptional(z.string());
const json = z.record(z.string(), z.unknown());

const errorSchema = z.object({
  code: z.custom<ErrorCode>((code) => typeof code === 'string'),
  message: z.string(),
  retry: z.enum(['never', 'backoff']),
  hint: text,
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.undefined()])),
  cause: text,
});

const progressSchema = z.object({
  phase: text,
  filesDone: number,
  filesTotal: number,
  bytesDone: number,
  bytesTotal: number,
  secondsLeft: number,
  bytesPerSecond: number,
  currentPath: text,
  problems: number,
  waiting: z.object({ reason: z.string(), seconds: z.number() }).optional(),
});

export const storedJobSchema: z.ZodType<Job> = z.object({
  id: z.string(),
  kind: z.enum(jobKinds),
  state: z.enum(jobStates),
  trigger: z.enum(jobTriggers),
  planId: text,
  planName: text,
  remoteId: text,
  remoteName: text,
  repositoryIds: z.array(z.string()),
  readRepositoryIds: z.exactOptional(z.array(z.string())),
  access: z.exactOptional(z.enum(['shared', 'write', 'exclusive'])),
  input: json,
  attempt: z.int(),
  interruptions: number,
  retryOf: text,
  followsJob: text,
  cancelling: z.exactOptional(z.boolean()),
  createdAt: z.string(),
  startedAt: text,
  endedAt: text,
  reason: text,
  progress: z.exactOptional(progressSchema),
  result: z.exactOptional(json),
  error: z.exactOptional(errorSchema),
  problems: number,
  warnings: z.exactOptional(z.array(z.string())),
});
