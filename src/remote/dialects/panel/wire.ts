/** What travels in the dialect `panel` (Pterodactyl and its forks). */
import { z } from 'zod';

export const backupSchema = z.object({
  object: z.literal('backup'),
  attributes: z.object({
    uuid: z.string().min(1),
    is_successful: z.boolean().nullish(),
    is_locked: z.boolean().nullish(),
    name: z.string().nullish(),
    ignored_files: z.union([z.array(z.string()), z.string()]).nullish(),
    /** `sha1:<hex>`, of older ones `sha256:<hex>`. */
    checksum: z.string().nullish(),
    bytes: z.number().nullish(),
    created_at: z.string().nullish(),
    /** Null while it is being made. */
    completed_at: z.string().nullish(),
  }),
});
export type WireBackup = z.infer<typeof backupSchema>;

export const listSchema = z.object({
  object: z.literal('list'),
  data: z.array(backupSchema),
  meta: z.object({
    pagination: z.object({
      total: z.number(),
      count: z.number().nullish(),
      per_page: z.number().nullish(),
      current_page: z.number(),
      total_pages: z.number(),
    }),
  }),
});

export const signedUrlSchema = z.object({
  object: z.literal('signed_url'),
  attributes: z.object({ url: z.string().min(1) }),
});

export const errorsSchema = z.object({
  errors: z
    .array(z.object({ code: z.string().nullish(), status: z.string().nullish(), detail: z.string().nullish() }))
    .min(1),
});

/**
 * .gitignore rules in one text: a line each, as they stand; or divided by commas where there is only one line. The other way round is
 * `joinIgnored`.
 */
export function parseIgnored(text: string): string[] {
  const isLines = text.includes('\n');
  const parts = isLines ? text.split(/\r?\n/) : text.split(',').map((part) => part.trim());
  return parts.filter((part) => part.trim() !== '');
}

/** One text that gives these rules again. A single one that has a comma becomes two lines. */
export function joinIgnored(rules: readonly string[]): string {
  const text = rules.join('\n');
  return rules.length === 1 && text.includes(',') ? `${text}\n` : text;
}
