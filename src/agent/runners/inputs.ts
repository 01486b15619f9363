/** What jobs of each kind are given, as they lie in the queue. */
import { z } from 'zod';
import { retentionSchema } from '../../config/retention.ts';
import { restoreInput } from '../../control/schemas/snapshots.ts';
import { readShareSchema } from '../upkeep/read-share.ts';

export const backupJob = z.object({
  planId: z.string(),
  /** Look at everything, also where the watcher heard of no change. */
  full: z.boolean().default(false),
  allowEmpty: z.boolean().default(false),
});

export const copyJob = z.object({ planId: z.string(), from: z.string(), to: z.string(), hostname: z.string() });

/** The retention is the one at the time when the job was made: a later edit makes a job of its own. */
export const forgetJob = z.object({
  planId: z.string(),
  repositoryId: z.string(),
  hostname: z.string(),
  retention: retentionSchema,
});

export const pruneJob = z.object({ repositoryId: z.string() });

/** `share` is remembered when the check was done. */
export const checkJob = z.object({ repositoryId: z.string(), share: readShareSchema.optional() });

export const restoreJob = restoreInput;

export const drillJob = z.object({ planId: z.string(), repositoryId: z.string() });

export type BackupJob = z.output<typeof backupJob>;
export type CopyJob = z.output<typeof copyJob>;
export type ForgetJob = z.output<typeof forgetJob>;
export type PruneJob = z.output<typeof pruneJob>;
export type CheckJob = z.output<typeof checkJob>;
export type RestoreJob = z.output<typeof restoreJob>;
export type DrillJob = z.output<typeof drillJob>;
