/** Settings of the agent as a whole. Every one has a default, so that an empty object is a valid file. */
import { z } from 'zod';
import { dayHoursSchema } from './conditions.ts';
import { tellingSchema } from './telling.ts';

const maintenanceSchema = z.strictObject({
  /** How many jobs run at the same time, over all repositories. */
  parallelJobs: z.int().min(1).max(16).default(2),
  keepLogsDays: z.int().min(1).max(3650).default(90),
});

/** How fast destinations beyond a network are used, all jobs together. Absent: as fast as it goes. */
const bandwidthSchema = z.strictObject({
  upKibPerSecond: z.int().min(1).max(100_000_000).optional(),
  downKibPerSecond: z.int().min(1).max(100_000_000).optional(),
  /** Times without a limit. */
  fullSpeed: z.array(dayHoursSchema).default([]),
});

export const settingsSchema = z.strictObject({
  /** A BCP 47 tag ("en", "de"); `system` takes the host's. */
  language: z
    .string()
    .regex(/^(system|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)$/, 'a language tag like "en", or "system"')
    .default('system'),
  /** Of the window; `system` follows the desktop. */
  appearance: z.enum(['system', 'light', 'dark']).default('system'),
  maintenance: maintenanceSchema.prefault({}),
  bandwidth: bandwidthSchema.prefault({}),
  /** Webhooks, pings and mail. */
  telling: tellingSchema.prefault({}),
});
