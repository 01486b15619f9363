/** Plans and what is known of them, as the control API shows them. */
import { z } from 'zod';
import { planSchema } from '../../config/plan.ts';
import { retentionSchema } from '../../config/retention.ts';
import { triggerSchema } from '../../config/trigger.ts';
import { jobSchema } from './jobs.ts';

/**
 * How a plan stands, the most pressing first: `held` (a warning sign waits for the user), `failed` (the last run),
 * `overdue`, `running`, `queued`, `waiting` (a condition does not hold), `paused`, `never` (no backup yet), `ok`.
 */
export const planState = z.enum(['held', 'failed', 'overdue', 'running', 'queued', 'waiting', 'paused', 'never', 'ok']);

export const planStatusSchema = z.object({
  plan: planSchema,
  state: planState,
  /** What a person would want to know about it, a sentence each. */
  reasons: z.array(z.string()),
  lastGoodAt: z.string().optional(),
  /** When files of it were last restored and compared. */
  lastProvenAt: z.string().optional(),
  nextRunAt: z.string().optional(),
  /** The trigger in words: "every day at 02:30". */
  triggerText: z.string(),
  lastJob: jobSchema.optional(),
  activeJob: jobSchema.optional(),
  /** Of a continuous plan. */
  watching: z.object({ mode: z.string(), ready: z.boolean(), changedFolders: z.int() }).optional(),
});

export const pauseInput = z.strictObject({
  /** `hour`, `tomorrow` (its morning), `resumed` (until that is asked for). */
  for: z.enum(['hour', 'tomorrow', 'resumed']),
});

export const runInput = z.strictObject({
  /** Look at every file, also where the watcher heard of no change. */
  full: z.boolean().default(false),
  /** An emptied source is meant to be empty. */
  allowEmpty: z.boolean().default(false),
});

/** What excludes leave out, by the rule that does it. */
export const effectSchema = z.object({
  files: z.int(),
  bytes: z.number(),
  excluded: z.array(z.object({ rule: z.string(), items: z.int(), bytes: z.number() })),
  /** False: the count was ended early. */
  complete: z.boolean(),
});

export const nextRunsInput = z.strictObject({ trigger: triggerSchema, count: z.int().min(1).max(50).default(5) });
export const nextRunsAnswer = z.object({ text: z.string(), times: z.array(z.string()) });

export const retentionPreviewInput = z.strictObject({ retention: retentionSchema });
/** What a retention would do to the snapshots that a plan has, by repository; newest first. */
export const retentionPreviewAnswer = z.array(
  z.object({
    repositoryId: z.string(),
    /** Reasons in restic's words: "daily snapshot". */
    keep: z.array(z.object({ id: z.string(), time: z.string(), reasons: z.array(z.string()) })),
    remove: z.array(z.object({ id: z.string(), time: z.string() })),
  }),
);
