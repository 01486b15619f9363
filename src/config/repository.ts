/** A repository as the agent knows it. Its password is a secret (platform/secrets.ts) under the name `repositorySecret` gives. */
import { z } from 'zod';
import { destinationSettingsSchema } from './destination.ts';
import { idSchema } from './plan.ts';
import { scheduleTriggerSchema } from './trigger.ts';

/** Upkeep by itself. */
const upkeepSchema = z.strictObject({
  /** Structure only. */
  check: scheduleTriggerSchema.default({ kind: 'interval', minutes: 7 * 24 * 60 }),
  /** At each check, this share of the packs is read back too, another one each time; 0 reads none. */
  readDataPercent: z.int().min(0).max(100).default(5),
  prune: scheduleTriggerSchema.default({ kind: 'interval', minutes: 7 * 24 * 60 }),
  notOnBattery: z.boolean().default(true),
});

export const repositoryInputSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  /** A path or kind:location, as `-r` takes it. */
  location: z.string().trim().min(1),
  /** What its kind of destination is told (config/destination.ts). */
  settings: destinationSettingsSchema.default({}),
  upkeep: upkeepSchema.prefault({}),
});

export const repositorySchema = repositoryInputSchema.extend({
  id: idSchema,
  /** The repository's own id (of its config), to notice that another one lies there. */
  repositoryId: z.string(),
  createdAt: z.iso.datetime(),
  /** Its store refuses to remove files: forget and prune cannot do anything. */
  appendOnly: z.boolean().default(false),
});

export type RepositoryConfig = z.infer<typeof repositorySchema>;

/** The embedded repository that the first start (of the agent or the command line) makes. */
export const defaultRepositoryId = 'default';

/** The name under which a repository's password is kept. */
export function repositorySecret(id: string): string {
  return `${id}-repository`;
}
