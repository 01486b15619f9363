/** A database server as a source of backups: where it is, who asks it, and what of it is dumped. */
import { z } from 'zod';
import { secretNameSchema } from './secret-name.ts';

/** `mysql` is MariaDB too. */
export const databaseEngines = ['postgresql', 'mysql', 'redis', 'mongodb'] as const;
export type DatabaseEngine = (typeof databaseEngines)[number];

/** What programs take as a word of its own, and not as an option. */
const word = z
  .string()
  .min(1)
  .max(300)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  .regex(/^[^-\x00-\x1f\x7f][^\x00-\x1f\x7f]*$/, 'a name that does not begin with "-" and has no control characters');
const hostSchema = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9_:][A-Za-z0-9._:%-]*$/, 'the name or the address of a host');
const portSchema = z.int().min(1).max(65_535);
const absolutePath = word.regex(/^(\/|[A-Za-z]:[\\/])/, 'an absolute path');

export const databaseSchema = z
  .strictObject({
    engine: z.enum(databaseEngines),
    /** The folder of its dumps in snapshots; the engine unless given. */
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'letters, digits, ".", "_" and "-"')
      .optional(),
    host: hostSchema.default('localhost'),
    /** The engine's own unless given. */
    port: portSchema.optional(),
    /** Instead of host and port: the path of a local socket; of PostgreSQL the folder that it lies in. */
    socket: absolutePath.optional(),
    user: word.optional(),
    /** The secret that goes with `user`. */
    passwordSecret: secretNameSchema.optional(),
    /** All unless given. Redis has but one dump for all. */
    databases: z.array(word).min(1).max(1000).optional(),
    /** "table", "database.table", and of PostgreSQL "schema.table". Of MongoDB: collections. */
    excludedTables: z.array(word).max(1000).default([]),
    /** TLS is demanded; with an authority's file the server's certificate and name are checked by it. */
    tls: z.strictObject({ caFile: absolutePath.optional() }).optional(),
    /** Read from instead, where a run asks for it. */
    replica: z.strictObject({ host: hostSchema, port: portSchema.optional() }).optional(),
  })
  .refine(({ engine, databases }) => engine !== 'redis' || databases === undefined, {
    path: ['databases'],
    error: 'Redis dumps all of its databases at once',
  })
  .refine(({ engine, excludedTables }) => engine !== 'redis' || excludedTables.length === 0, {
    path: ['excludedTables'],
    error: 'Redis has no tables',
  })
  .refine(
    ({ engine, databases, excludedTables }) =>
      engine !== 'mongodb' || databases !== undefined || excludedTables.length === 0,
    {
      path: ['excludedTables'],
      error: 'mongodump leaves collections out of named databases only: name the databases',
    },
  );

/** Each one's dumps need a folder of their own. */
export const databasesSchema = z
  .array(databaseSchema)
  .max(100)
  .refine((all) => new Set(all.map(databaseName)).size === all.length, {
    error: 'databases of one engine need different names ("name")',
  });

export type DatabaseConfig = z.infer<typeof databaseSchema>;

/** What a database server is called, and the folder of its dumps in snapshots. */
export function databaseName({ name, engine }: Pick<DatabaseConfig, 'name' | 'engine'>): string {
  return name ?? engine;
}
