/**
 * What travels in the dialect `organizations` (documents of 2018 and 2020; the product is Labii): one schema for both shapes, since
 * each object tells which it is of.
 */
import { z } from 'zod';

export const serializers = ['name', 'list', 'detail'] as const;
export type Serializer = (typeof serializers)[number];

/** Whatever else the product adds is let through unseen; what a serializer leaves out is absent. */
export const backupSchema = z.object({
  sid: z.string().min(1),
  name: z.string().optional(),
  description: z.string().nullish(),
  /** `In Progress`, `Completed`, `Error`, `Date Expired`. The shape of 2018 has none: such a backup is done. */
  status: z.string().nullish(),
  versions: z.number().nullish(),
  files: z.number().nullish(),
  price: z.string().nullish(),
  /** As people read it: "47.0 MB". */
  file_size: z.string().nullish(),
  /** A link, or empty while there is nothing to download. */
  file_path: z.string().nullish(),
  /** 2018. */
  database_size: z.string().nullish(),
  date_created: z.string().nullish(),
  change_permission: z.boolean().nullish(),
});
export type WireBackup = z.infer<typeof backupSchema>;

export const pageSchema = z.object({
  page_size: z.number().nullish(),
  page_number: z.number().nullish(),
  page_count: z.number().nullish(),
  count: z.number(),
  next: z.string().nullish(),
  previous: z.string().nullish(),
  add_permission: z.boolean().nullish(),
  results: z.array(backupSchema),
});

/** Exact texts of the documents. */
export const texts = {
  unauthenticated: 'Authentication credentials were not provided.',
  forbidden: 'You do not have permission to perform this action.',
  wrongId: 'Wrong id - the provided sid is not correct',
  wrongLevel: 'Wrong level - the provided level is not acceptable',
} as const;

const steps: Readonly<Record<string, number>> = {
  byte: 1,
  bytes: 1,
  b: 1,
  kb: 2 ** 10,
  mb: 2 ** 20,
  gb: 2 ** 30,
  tb: 2 ** 40,
};
const names = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

/**
 * Bytes of "47.0 MB" or "512 bytes" (in steps of 1024, as Django writes them; a non-breaking space between); undefined for what is no
 * size.
 */
export function parseSize(text: string): number | undefined {
  const match = /^([\d,]+(?:\.\d+)?)[\s\u00a0]*([a-z]+)$/i.exec(text.trim());
  const step = steps[(match?.[2] ?? '').toLowerCase().replace('kib', 'kb').replace('mib', 'mb').replace('gib', 'gb')];
  const value = Number((match?.[1] ?? '').replaceAll(',', ''));
  return step === undefined || !Number.isFinite(value) ? undefined : Math.round(value * step);
}

/** As the documents write sizes: whole bytes below 1 KB, else one decimal, before a non-breaking space. */
export function sizeText(bytes: number): string {
  let power = 0;
  while (power < names.length - 1 && bytes >= 1024 ** (power + 1)) power++;
  const value = power === 0 ? String(bytes) : (bytes / 1024 ** power).toFixed(1);
  return `${value}\u00a0${power === 0 && bytes === 1 ? 'byte' : names[power]}`;
}
