/** Snapshots, their files, and what is asked of them. Paths are text as people read it, `/`-separated. */
import { z } from 'zod';
import { errorSchema } from './jobs.ts';

export const snapshotSchema = z.object({
  id: z.string(),
  repositoryId: z.string(),
  time: z.string(),
  hostname: z.string(),
  username: z.string(),
  paths: z.array(z.string()),
  tags: z.array(z.string()),
  planId: z.string().optional(),
  files: z.int().optional(),
  bytes: z.number().optional(),
  bytesAdded: z.number().optional(),
});

/** Repositories that were asked about and could not be read, while others could: the answer is without what is only there. */
const unread = z.array(z.object({ repositoryId: z.string(), error: errorSchema }));

export const snapshotsAnswer = z.object({ snapshots: z.array(snapshotSchema), unread });
export const snapshotsQuery = z.object({
  repositoryId: z.string().optional(),
  planId: z.string().optional(),
  limit: z.int().min(1).max(10_000).default(1000),
});

const entryType = z.enum(['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket', 'irregular']);

export const entrySchema = z.object({
  name: z.string(),
  path: z.string(),
  type: entryType,
  size: z.number().optional(),
  mtime: z.string(),
  mode: z.string().optional(),
  linkTarget: z.string().optional(),
});

export const browseQuery = z.object({
  path: z.string().default('/'),
  offset: z.int().min(0).default(0),
  limit: z.int().min(1).max(1000).default(200),
  sort: z.enum(['name', 'size', 'mtime']).default('name'),
  descending: z.boolean().default(false),
});
export const browseAnswer = z.object({ path: z.string(), entries: z.array(entrySchema), total: z.int() });

const whichSnapshots = { repositoryId: z.string().optional(), planId: z.string().optional() };

export const searchQuery = z.object({
  ...whichSnapshots,
  text: z.string().min(1),
  /** `text`: anywhere in the name, letter case ignored. */
  mode: z.enum(['text', 'glob', 'regex']).default('text'),
  limit: z.int().min(1).max(1000).default(100),
});

const versionSchema = z.object({
  repositoryId: z.string(),
  /** Snapshots that have it, newest first. */
  snapshotIds: z.array(z.string()),
  type: entryType,
  size: z.number().optional(),
  mtime: z.string(),
  firstSeen: z.string().optional(),
  lastSeen: z.string().optional(),
});
export const searchAnswer = z.object({
  files: z.array(z.object({ path: z.string(), versions: z.array(versionSchema) })),
  /** There is more than `limit`. */
  more: z.boolean(),
  snapshots: z.int(),
  unread,
});

export const versionsQuery = z.object({ ...whichSnapshots, path: z.string().min(1) });
export const versionsAnswer = z.object({ path: z.string(), versions: z.array(versionSchema), unread });

export const diffQuery = z.object({
  repositoryId: z.string(),
  other: z.string(),
  offset: z.int().min(0).default(0),
  limit: z.int().min(1).max(1000).default(200),
});
export const diffAnswer = z.object({
  changes: z.array(z.object({ path: z.string(), change: z.enum(['added', 'removed', 'changed', 'metadata']) })),
  total: z.int(),
  added: z.int(),
  removed: z.int(),
  changed: z.int(),
  bytesAdded: z.number(),
  bytesRemoved: z.number(),
});

export const restoreInput = z.strictObject({
  repositoryId: z.string(),
  snapshotId: z.string(),
  /** What to restore; empty: everything. */
  paths: z.array(z.string().min(1)).default([]),
  /** A folder; without it, everything goes back to its original place. */
  target: z.string().min(1).optional(),
  /** With `target`: paths come to lie in it as they are below this folder of the snapshot; the root unless given. */
  from: z.string().min(1).optional(),
  overwrite: z.enum(['always', 'if-changed', 'if-newer', 'never']).default('if-changed'),
  /** Only count what would be done. */
  dryRun: z.boolean().default(false),
});

export const downloadQuery = z.object({
  repositoryId: z.string(),
  paths: z.array(z.string().min(1)).default([]),
  /** Names in the archive are those below this folder; the root unless given. */
  from: z.string().min(1).optional(),
  format: z.enum(['zip', 'tar.gz']).default('zip'),
});

export const inRepository = z.object({ repositoryId: z.string() });
