/** Remotes and the backups on them, as the control API shows them (remote/remote.ts says what each field means). */
import { z } from 'zod';
import type { ErrorCode } from '../../base/errors.ts';
import { remoteInputSchema, remoteSchema } from '../../config/remote.ts';
import { jobSchema } from './jobs.ts';

const text = z.exactOptional(z.string());
const number = z.exactOptional(z.number());
const flag = z.exactOptional(z.boolean());

const restoreStateSchema = z.object({
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled', 'unknown']),
  message: text,
  target: text,
  sizeBytes: number,
});

/** What the remote does not tell is absent. */
export const remoteBackupSchema = z.object({
  id: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled', 'expired', 'unknown']),
  name: text,
  description: text,
  error: text,
  createdAt: text,
  completedAt: text,
  sizeBytes: number,
  storedBytes: number,
  files: number,
  versions: number,
  price: text,
  locked: flag,
  checksum: z.exactOptional(z.object({ algorithm: z.enum(['sha1', 'sha256']), hex: z.string() })),
  ignoredFiles: z.exactOptional(z.array(z.string()).readonly()),
  source: text,
  group: text,
  restore: z.exactOptional(restoreStateSchema),
  verify: z.exactOptional(
    z.object({ state: z.enum(['not-verified', 'verifying', 'verified', 'failed', 'unable']), message: text }),
  ),
  changeable: flag,
});

/** That it does not answer, since the last time it did. */
export const remoteFailureSchema = z.object({
  /** ISO time of the first question without an answer. */
  since: z.string(),
  /** How many there were. */
  count: z.int(),
  code: z.custom<ErrorCode>((code) => typeof code === 'string'),
  message: z.string(),
  hint: text,
});

const capabilitiesSchema = z.object({
  actions: z.array(z.string()),
  createFields: z.array(z.string()),
  createNeeds: z.array(z.string()),
  listsAll: z.boolean(),
  restoreInto: z.enum(['place', 'path']).optional(),
  restoreTruncates: z.boolean(),
});

export const remoteStatusSchema = z.object({
  remote: remoteSchema,
  /** `failing`: it does not answer; `running`: something goes on there; `new`: it was not asked yet. */
  state: z.enum(['failing', 'running', 'new', 'ok']),
  /** Where its credential is kept; `none`: it is missing. */
  credential: z.enum(['keychain', 'encrypted-file', 'file', 'none']),
  /** What can be asked of it; absent while it cannot be connected to for want of its credential. */
  capabilities: capabilitiesSchema.optional(),
  /** As last known. */
  counts: z.object({ backups: z.int(), done: z.int(), running: z.int(), failed: z.int() }),
  /** When its newest good backup was made, as last known. */
  lastBackupAt: z.string().optional(),
  /** When it last told what it has. */
  answeredAt: z.string().optional(),
  failure: remoteFailureSchema.optional(),
  /** Of its schedule. */
  triggerText: z.string().optional(),
  nextRunAt: z.string().optional(),
  /** What a run that is due waits for. */
  waitingFor: z.string().optional(),
  /** Jobs of it that are queued or run. */
  jobs: z.array(jobSchema),
});

/** Never shown again, and never part of an error. */
const credential = z
  .string()
  .max(8192)
  .regex(/^[\x21-\x7e]+$/, 'a token or key: printable characters without spaces');

export const addRemoteInput = z.strictObject({ remote: remoteInputSchema, credential });
/** With the credential where it changes, or where the address leads to another server. */
export const updateRemoteInput = z.strictObject({ remote: remoteInputSchema, credential: credential.optional() });
export const credentialInput = z.strictObject({ credential });
/** In the remote's words: "47 backups, may create". */
export const testRemoteAnswer = z.object({ message: z.string() });

export const remoteBackupsQuery = z.object({
  /** Ask the remote now; else what is known is shown, also while it cannot be reached. */
  refresh: z.boolean().default(false),
});
export const remoteBackupsAnswer = z.object({
  backups: z.array(remoteBackupSchema),
  answeredAt: z.string().optional(),
  failure: remoteFailureSchema.optional(),
});

export const changeBackupInput = z
  .strictObject({ name: z.string().min(1).max(191).optional(), description: z.string().max(2000).optional() })
  .refine((change) => Object.keys(change).length > 0, 'a name or a description');
export const lockInput = z.strictObject({ locked: z.boolean() });
/** The remote's own id again: all of its backups are to go. */
export const destroyInput = z.strictObject({ confirm: z.string() });

export const restoreRemoteInput = z.strictObject({
  /** A path of the remote, where it takes one. */
  target: z.string().min(1).optional(),
  /** Remove what is not in the backup. */
  truncate: z.boolean().default(false),
});
/** The address may hold a login; it is kept as a secret, and never shown. */
export const importInput = z.strictObject({
  group: z.string().min(1),
  databaseType: z.string().min(1),
  url: z.url({ protocol: /^https?$/, error: 'an address that begins with https:// or http://' }).max(8192),
});

/** A backup on a remote did not exist before, changed, or is gone. */
export const remoteNewsSchema = z.object({
  remoteId: z.string(),
  remoteName: z.string(),
  change: z.enum(['new', 'changed', 'gone']),
  backup: remoteBackupSchema,
  /** The state before, where it is another one. */
  before: remoteBackupSchema.shape.state.optional(),
});
