/** A scope: what one organization, server, stack or owner is to clients; what it backs up, and how much it may. */
import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { databasesSchema } from '../../config/database.ts';
import { idSchema } from '../../config/plan.ts';

const absolutePath = z
  .string()
  .min(1)
  .refine((path) => /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path), 'an absolute path');

const limitsSchema = z.strictObject({
  /** Backups that it may have; no limit unless given. */
  backups: z.int().min(0).optional(),
  createsPerMinute: z.int().min(1).optional(),
  /** What its repository may take of the disk. */
  storedBytes: z.int().min(0).optional(),
});

const common = {
  id: idSchema,
  name: z.string().trim().min(1).max(200),
  folders: z.array(absolutePath).default([]),
  databases: databasesSchema.default([]),
  /** restic's patterns. */
  excludes: z.array(z.string().min(1)).default([]),
  limits: limitsSchema.prefault({}),
  /** Backups older than this are expired: their data are removed. */
  keepDays: z.int().min(1).optional(),
};

const scopesSchema = z.discriminatedUnion('dialect', [
  z.strictObject({
    dialect: z.literal('organizations'),
    ...common,
    /** Its id in requests; the scope's own unless given. */
    sid: z.string().min(1).max(100).optional(),
    /** Which document's answers: that of 2018 has `database_size` and no `status`. */
    shape: z.enum(['2020', '2018']).default('2020'),
    unitPrice: z.strictObject({ perGib: z.number().min(0), currency: z.string().min(1).default('$') }).optional(),
  }),
  z.strictObject({
    dialect: z.literal('fa'),
    ...common,
    /** What it calls a state that ended well. */
    doneWord: z.enum(['success', 'done']).default('success'),
  }),
  z.strictObject({
    dialect: z.literal('panel'),
    ...common,
    uuid: z
      .uuid()
      .toLowerCase()
      .default(() => randomUUID()),
    archive: z.enum(['tar.gz', 'zip']).default('tar.gz'),
    /** A restore must say whether to truncate. */
    truncateRequired: z.boolean().default(false),
  }),
  z.strictObject({
    dialect: z.literal('stacks'),
    ...common,
    uid: z
      .string()
      .regex(/^[0-9a-f]{32}$/, '32 hexadecimal digits')
      .default(() => randomBytes(16).toString('hex')),
    /** Larger archives are given in segments of this size. */
    segmentBytes: z
      .int()
      .min(1024)
      .default(1024 ** 3),
  }),
  z.strictObject({
    /** A repository that the restic program backs up to. */
    dialect: z.literal('restic'),
    ...common,
  }),
]);

/** What of these has databases to back up; the others would leave them out without a word. */
const withDatabases: ReadonlySet<string> = new Set(['organizations', 'stacks']);

export const scopeSchema = scopesSchema.refine(
  ({ dialect, databases }) => databases.length === 0 || withDatabases.has(dialect),
  { path: ['databases'], error: 'this dialect backs up folders only' },
);

export type Scope = z.infer<typeof scopeSchema>;
export type ScopeDialect = Scope['dialect'];
export type ScopeOf<Dialect extends ScopeDialect> = Extract<Scope, { dialect: Dialect }>;
