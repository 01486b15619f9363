/** Repositories and what is in them, as the control API shows them. */
import { z } from 'zod';
import { destinationCredentialsSchema, destinationSettingsSchema } from '../../config/destination.ts';
import { repositorySchema } from '../../config/repository.ts';

export const repositoryStatusSchema = z.object({
  repository: repositorySchema,
  /** Plans that write to it. */
  planIds: z.array(z.string()),
  /** Where its password is kept; `none`: it is missing. */
  password: z.enum(['keychain', 'encrypted-file', 'file', 'none']),
  /** Names of the credentials that are kept for its destination. */
  credentials: z.array(z.string()),
  lastCheckAt: z.string().optional(),
  lastCheckFailed: z.boolean().optional(),
  lastPruneAt: z.string().optional(),
  /** What the user should know ("an older copy lies there"). */
  warnings: z.array(z.string()),
});

const destination = {
  /** A path, or `kind:rest` (config/destination.ts). */
  location: z.string().trim().min(1),
  settings: destinationSettingsSchema.optional(),
  credentials: destinationCredentialsSchema.optional(),
};

export const addRepositoryInput = z.strictObject({
  name: z.string().trim().min(1).max(200),
  ...destination,
  /** `create` a new one, `open` one that is there, or whichever fits. */
  mode: z.enum(['create', 'open', 'either']).default('either'),
  /** Generated for a new one, unless given. */
  password: z.string().min(1).optional(),
});

/** The same repository at another place; what is left out stays, where the kind of place is the same. */
export const moveRepositoryInput = z.strictObject(destination);

export const testRepositoryInput = z.strictObject({
  ...destination,
  password: z.string().min(1).optional(),
});
export const testRepositoryAnswer = z.object({
  /** `empty`: nothing is there, a new repository could be made. */
  state: z.enum(['repository', 'empty', 'password-needed']),
  /** Known of a repository that could be opened. */
  writable: z.boolean().optional(),
  /** Its store refuses to remove anything but locks. */
  appendOnly: z.boolean().optional(),
  snapshots: z.int().optional(),
  freeBytes: z.number().optional(),
});

export const statisticsPoint = z.object({
  time: z.string(),
  snapshots: z.int(),
  blobs: z.int(),
  plainBytes: z.number(),
  packedBytes: z.number(),
  /** All snapshots of that time together, as they would be restored; missing where it was not measured. */
  heldBytes: z.number().optional(),
});

export const checkInput = z.strictObject({
  /** How much of the data is read back: nothing, all, or a percentage. */
  readDataPercent: z.number().min(0).max(100).default(0),
});

export const unlockInput = z.strictObject({
  /** Also locks of programs that may still run. */
  all: z.boolean().default(false),
});
export const unlockAnswer = z.object({ removed: z.int() });

/** One printable page, as text. It holds the password. */
export const emergencyKitAnswer = z.object({ text: z.string() });
