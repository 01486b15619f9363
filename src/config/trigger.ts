/** When a plan (or a repository's upkeep) runs by itself. */
import { z } from 'zod';

/** Fixed times: a cron expression of five fields (six with seconds first), in a time zone of the IANA database. */
const cronTrigger = z.strictObject({
  kind: z.literal('cron'),
  expression: z.string().trim().min(1),
  /** The host's own zone unless given. */
  timeZone: z.string().min(1).optional(),
});

/** Every so many minutes after the last run began. */
const intervalTrigger = z.strictObject({
  kind: z.literal('interval'),
  minutes: z
    .int()
    .min(1)
    .max(60 * 24 * 366),
});

/** When something changes: after `quietSeconds` without a change, at the latest `atLeastEveryMinutes` after the first. */
const continuousTrigger = z.strictObject({
  kind: z.literal('continuous'),
  quietSeconds: z.int().min(1).max(3600).default(30),
  atLeastEveryMinutes: z.int().min(1).max(1440).default(15),
  /** A scan of everything, in case a change was not heard of. */
  fullScanHours: z.int().min(1).max(720).default(24),
});

const manualTrigger = z.strictObject({ kind: z.literal('manual') });

export const scheduleTriggerSchema = z.discriminatedUnion('kind', [cronTrigger, intervalTrigger, manualTrigger]);
export const triggerSchema = z.discriminatedUnion('kind', [
  cronTrigger,
  intervalTrigger,
  continuousTrigger,
  manualTrigger,
]);

/** A trigger by time alone. */
export type ScheduleTrigger = z.infer<typeof scheduleTriggerSchema>;
export type Trigger = z.infer<typeof triggerSchema>;
