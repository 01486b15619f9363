/** A plan: what is backed up, when, where to, and what is kept. */
import { z } from 'zod';
import { conditionsSchema } from './conditions.ts';
import { databasesSchema } from './database.ts';
import { retentionSchema } from './retention.ts';
import { scheduleTriggerSchema, triggerSchema } from './trigger.ts';

/** Ids are made by the agent; a name may change, an id never does. */
export const idSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and "-"');

const nameSchema = z.string().trim().min(1).max(200);
const absolutePath = z
  .string()
  .min(1)
  .refine((path) => /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path), 'an absolute path');

export const excludesSchema = z.strictObject({
  /** restic's patterns. */
  patterns: z.array(z.string().min(1)).default([]),
  /** Names of presets ("caches", "trash" …). */
  presets: z.array(z.string().min(1)).default([]),
  /** Files larger than this, in bytes. */
  largerThanBytes: z.int().min(1).optional(),
  /** Folders that hold a `.nobackup` file. */
  nobackupMarker: z.boolean().default(true),
  /** Folders tagged by CACHEDIR.TAG. */
  caches: z.boolean().default(true),
  honourGitignoreFiles: z.boolean().default(false),
  oneFileSystem: z.boolean().default(false),
});

/** A program that is started without a shell: its path or name, and its arguments. */
export const hookSchema = z.strictObject({
  command: z.array(z.string()).min(1),
  timeoutSeconds: z.int().min(1).max(86_400).default(60),
  /** Of `before` only: the run is not done if the hook fails. */
  cancelOnFailure: z.boolean().default(false),
});

const hooksSchema = z.strictObject({
  before: z.array(hookSchema).default([]),
  after: z.array(hookSchema).default([]),
  onFailure: z.array(hookSchema).default([]),
});

/** What the user gives, each by itself. */
export const planFieldsSchema = z.strictObject({
  name: nameSchema,
  /** Files and folders. */
  sources: z.array(absolutePath),
  /** Dumped anew by each run. */
  databases: databasesSchema.default([]),
  excludes: excludesSchema.prefault({}),
  trigger: triggerSchema,
  /** Ids of repositories: the first is written to, the others get its snapshots by copy. */
  repositories: z.array(idSchema).min(1),
  retention: retentionSchema.optional(),
  hooks: hooksSchema.prefault({}),
  conditions: conditionsSchema.prefault({}),
  tags: z.array(z.string().min(1)).default([]),
  /** Restores of a random sample, compared with what was saved. */
  drill: scheduleTriggerSchema.optional(),
  /** How many of its intervals may pass without a good backup before the user is told. */
  overdueIntervals: z.int().min(1).max(1000).default(3),
});

interface Sources {
  readonly sources: readonly string[];
  readonly databases: readonly unknown[];
  readonly trigger: { readonly kind: string };
}
const hasSource = ({ sources, databases }: Sources): boolean => sources.length + databases.length > 0;
const noSource = { path: ['sources'], error: 'at least one file, folder or database' };
const isTriggered = ({ sources, trigger }: Sources): boolean => sources.length > 0 || trigger.kind !== 'continuous';
const notTriggered = { path: ['trigger'], error: 'databases are not watched: a plan of them alone needs a schedule' };

/** What the user gives; the agent adds the rest. */
export const planInputSchema = planFieldsSchema.refine(hasSource, noSource).refine(isTriggered, notTriggered);

/** ISO times; without `until` the pause lasts until it is ended. `since` tells a clock that was set back from a long pause. */
const pauseSchema = z.strictObject({ since: z.iso.datetime().optional(), until: z.iso.datetime().optional() });

export const planSchema = planFieldsSchema
  .extend({
    id: idSchema,
    createdAt: z.iso.datetime(),
    paused: pauseSchema.optional(),
    /** One more with each change. */
    revision: z.int().min(0).default(0),
  })
  .refine(hasSource, noSource)
  .refine(isTriggered, notTriggered);

export type Excludes = z.infer<typeof excludesSchema>;
export type Hook = z.infer<typeof hookSchema>;
export type Plan = z.infer<typeof planSchema>;
export type PlanInput = z.infer<typeof planInputSchema>;
