/** What jobs of each kind are given, as they lie in the queue. */
import { z } from 'zod';
import { remoteOrderSchema } from '../../config/remote.ts';
import { retentionSchema } from '../../config/retention.ts';
import { restoreInput } from '../../control/schemas/snapshots.ts';
import { readShareSchema } from '../upkeep/read-share.ts';

export const backupJob = z.object({
  planId: z.string(),
  /** Look at everything, also where the watcher heard of no change. */
  full: z.boolean().default(false),
  allowEmpty: z.boolean().default(false),
});

export const copyJob = z.object({ planId: z.string(), from: z.string(), to: z.string(), hostname: z.string() });

/** The retention is the one at the time when the job was made: a later edit makes a job of its own. */
export const forgetJob = z.object({
  planId: z.string(),
  repositoryId: z.string(),
  hostname: z.string(),
  retention: retentionSchema,
});

export const pruneJob = z.object({ repositoryId: z.string() });

/** `share` is remembered when the check was done. */
export const checkJob = z.object({ repositoryId: z.string(), share: readShareSchema.optional() });

export const restoreJob = restoreInput;

export const drillJob = z.object({ planId: z.string(), repositoryId: z.string() });

export const remoteCreateJob = z.object({ remoteId: z.string(), order: remoteOrderSchema });

/** The address may hold a login, so it is a secret of that name until the job is over. */
export const remoteImportJob = z.object({
  remoteId: z.string(),
  group: z.string(),
  databaseType: z.string(),
  addressSecret: z.string(),
});

export const remoteRestoreJob = z.object({
  remoteId: z.string(),
  backupId: z.string(),
  target: z.string().optional(),
  truncate: z.boolean(),
});

export const downloadJob = z.object({ remoteId: z.string(), backupId: z.string(), folder: z.string() });

export const ingestJob = z.object({ remoteId: z.string(), backupId: z.string(), repositoryId: z.string() });

export type RemoteCreateJob = z.output<typeof remoteCreateJob>;
export type RemoteImportJob = z.output<typeof remoteImportJob>;
export type RemoteRestoreJob = z.output<typeof remoteRestoreJob>;
export type DownloadJob = z.output<typeof downloadJob>;
export type IngestJob = z.output<typeof ingestJob>;
export type BackupJob = z.output<typeof backupJob>;
export type CopyJob = z.output<typeof copyJob>;
export type ForgetJob = z.output<typeof forgetJob>;
export type PruneJob = z.output<typeof pruneJob>;
export type CheckJob = z.output<typeof checkJob>;
export type RestoreJob = z.output<typeof restoreJob>;
export type DrillJob = z.output<typeof drillJob>;
