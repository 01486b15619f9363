/** What travels in the dialect `fa` (ellis-chen/fa, a kopia-backed file service). */
import { z } from 'zod';

/** `code` of an answer: done (or accepted), and no such record. */
export const codes = { success: 2001, unknown: 4001 } as const;

const text = z.string().nullish();
const statSchema = z.object({ total_size: z.number().nullish(), pack_size: z.number().nullish() }).nullish();

export const answerSchema = z.object({ code: z.int(), message: text });

export const backupSchema = z.object({
  id: z.int(),
  path: text,
  status: z.string(),
  stat: statSchema,
  extra: text,
});
export type WireBackup = z.infer<typeof backupSchema>;

export const restoreSchema = z.object({
  restore_id: z.int(),
  backup_id: z.int(),
  dst_path: text,
  status: z.string(),
  stat: statSchema,
  extra: text,
});
export type WireRestore = z.infer<typeof restoreSchema>;
