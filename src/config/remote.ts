/** A connection to a remote backup API. Its credential is a secret (platform/secrets.ts) under the name `remoteSecret` gives. */
import { z } from 'zod';
import { conditionsSchema } from './conditions.ts';
import { idSchema } from './plan.ts';
import { scheduleTriggerSchema } from './trigger.ts';

/** What a new backup there is asked for with; which of them a dialect takes, its capabilities say. */
export const remoteOrderSchema = z.strictObject({
  name: z.string().min(1).max(191).optional(),
  description: z.string().max(2000).optional(),
  /** Patterns of .gitignore. */
  ignored: z.array(z.string().min(1)).optional(),
  locked: z.boolean().optional(),
  path: z.string().min(1).optional(),
  databaseTypes: z.array(z.enum(['mysql', 'postgresql', 'redis', 'mongodb'])).optional(),
  frequency: z.string().min(1).optional(),
  keepCount: z.int().min(1).max(100_000).optional(),
  gzip: z.boolean().optional(),
  excludedTables: z.array(z.string().min(1)).optional(),
  onReplica: z.boolean().optional(),
});

/** Backups that are made there by themselves, as a plan's are. */
const remoteScheduleSchema = z.strictObject({
  trigger: scheduleTriggerSchema,
  order: remoteOrderSchema.prefault({}),
  conditions: conditionsSchema.prefault({}),
});

export const remoteInputSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  dialect: z.enum(['organizations', 'fa', 'panel', 'stacks']),
  baseUrl: z.url({ protocol: /^https?$/, error: 'an address that begins with https:// or http://' }),
  /** Organization sid, server id or stack id. */
  scope: z.string().trim().min(1).max(200).optional(),
  /** Plain http to another machine. */
  allowInsecure: z.boolean().default(false),
  /** Of the dialect (remote/dialects/<name>/client.ts). */
  settings: z.record(z.string(), z.unknown()).default({}),
  schedule: remoteScheduleSchema.optional(),
  /** A repository that gets a copy of each new backup, as a snapshot. */
  ingestInto: idSchema.optional(),
  /** How often it is asked for news while nothing runs there. */
  pollMinutes: z.int().min(1).max(1440).default(15),
});

export const remoteSchema = remoteInputSchema.extend({
  id: idSchema,
  createdAt: z.iso.datetime(),
  /** One more with each change. */
  revision: z.int().min(0).default(0),
});

export type RemoteConfig = z.infer<typeof remoteSchema>;
export type RemoteInput = z.infer<typeof remoteInputSchema>;
export type RemoteOrder = z.infer<typeof remoteOrderSchema>;

/** The name under which a remote's credential is kept. */
export function remoteSecret(id: string): string {
  return `${id}-remote`;
}
