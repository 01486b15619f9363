/** Which snapshots a plan keeps: restic's forget policy. */
import { z } from 'zod';

const count = z.union([z.int().min(0), z.literal('unlimited')]).optional();
const duration = z
  .string()
  .regex(/^(?=.)(\d+y)?(\d+m)?(\d+d)?(\d+h)?$/, 'a duration like 1y6m or 30d')
  .optional();

export const retentionSchema = z
  .strictObject({
    last: count,
    hourly: count,
    daily: count,
    weekly: count,
    monthly: count,
    yearly: count,
    within: duration,
    /** Snapshots with all tags of one of these lists. */
    tags: z.array(z.array(z.string().min(1)).min(1)).optional(),
  })
  .refine(
    ({ tags, ...rules }) =>
      (tags !== undefined && tags.length > 0) || Object.values(rules).some((rule) => rule !== undefined && rule !== 0),
    'A retention that keeps nothing would remove every snapshot; give at least one rule.',
  );

export type Retention = z.infer<typeof retentionSchema>;
