/** What came of a restore, or would come of it, as its job tells (src/agent/runners/run-restore.ts). */
import { z } from 'zod';

const counts = z.object({
  restored: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  skipped: z.number(),
});
const restoreResultSchema = z.object({
  target: z.string(),
  dryRun: z.boolean(),
  files: counts,
  others: counts,
  bytesRestored: z.number(),
});

export interface RestoreCounts {
  /** The folder that was restored to. */
  readonly target: string;
  /** Files, links and the like; not folders. */
  readonly restored: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly bytes: number;
}

/** Undefined for what is no result of a restore. */
export function restoreCountsOf(result: unknown): RestoreCounts | undefined {
  const read = restoreResultSchema.safeParse(result);
  if (!read.success) return undefined;
  const { target, files, others, bytesRestored } = read.data;
  return {
    target,
    restored: files.restored + others.restored,
    updated: files.updated + others.updated,
    unchanged: files.unchanged + others.unchanged,
    skipped: files.skipped + others.skipped,
    bytes: bytesRestored,
  };
}
