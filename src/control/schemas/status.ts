/** The state of the agent as a whole. */
import { z } from 'zod';
import { jobSchema } from './jobs.ts';
import { planStatusSchema } from './plans.ts';

/** Something that the user should know, once. */
export const noticeSchema = z.object({
  id: z.string(),
  time: z.string(),
  level: z.enum(['info', 'warning', 'error']),
  /** For programs: "plan-failed", "plan-overdue", "state-set-aside" … */
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  planId: z.string().optional(),
  repositoryId: z.string().optional(),
  remoteId: z.string().optional(),
  jobId: z.string().optional(),
});

const fact = <T extends z.ZodType>(known: T) => z.union([known, z.literal('unknown')]);

export const statusSchema = z.object({
  version: z.string(),
  pid: z.int(),
  startedAt: z.string(),
  /** What the tray shows. */
  state: z.enum(['idle', 'running', 'paused', 'attention', 'error']),
  plans: z.array(planStatusSchema),
  /** Queued and running. */
  jobs: z.array(jobSchema),
  notices: z.array(noticeSchema),
  /** What is known of the machine; what it cannot tell is `unknown`. */
  host: z.object({
    online: fact(z.boolean()),
    metered: fact(z.boolean()),
    onBattery: fact(z.boolean()),
    batteryPercent: fact(z.number()),
  }),
});

export const powerInput = z.strictObject({
  /** The machine went to sleep before, and woke; or it goes from mains to battery or back. */
  event: z.enum(['resume', 'battery', 'mains']),
  /** How long it slept, in milliseconds. */
  sleptMs: z.number().min(0).default(0),
});
