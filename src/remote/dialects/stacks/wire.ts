/** What travels in the dialect `stacks` (Cloud 66, API 3). */
import { z } from 'zod';

export const databaseTypes = ['mysql', 'postgresql', 'redis', 'mongodb'] as const;

/** `restore_status`, by its number. */
export const restoreStates = ['not-restored', 'running', 'done', 'failed'] as const;
/** `verify_status`, by its number. */
export const verifyStates = ['not-verified', 'verifying', 'verified', 'failed', 'unable'] as const;

const text = z.string().nullish();

export const backupSchema = z.object({
  id: z.int(),
  server_uid: text,
  db_type: text,
  database_name: text,
  file_base: text,
  backup_date_iso: text,
  /** 0 ok (or not over yet), 1 failed. */
  backup_status: z.int().nullish(),
  backup_result: text,
  restore_status: z.int().nullish(),
  restore_result: text,
  created_at_iso: text,
  updated_at_iso: text,
  verify_status: z.int().nullish(),
  verify_result: text,
  storage_path: text,
  skip_tables: text,
  backup_size: z.number().nullish(),
  /** Beyond the document: some versions of the product tell it. */
  group_id: z.int().nullish(),
});
export type WireBackup = z.infer<typeof backupSchema>;

const paginationSchema = z.object({
  previous: z.int().nullish(),
  next: z.int().nullish(),
  current: z.int().nullish(),
  per_page: z.int().nullish(),
  count: z.int().nullish(),
  pages: z.int().nullish(),
});

function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ response: z.array(item), count: z.int().nullish(), pagination: paginationSchema });
}

export const listSchema = pageOf(backupSchema);
export const showSchema = z.object({ response: backupSchema });
export const filesSchema = pageOf(z.object({ id: z.string().min(1), name: z.string().min(1) }));
export const okSchema = z.object({ response: z.object({ ok: z.boolean(), message: text }) });
export const publicUrlSchema = z.object({ response: z.object({ ok: z.boolean(), public_url: z.string().min(1) }) });
export const errorSchema = z.object({ error: text, error_description: text, details: z.unknown().optional() });
