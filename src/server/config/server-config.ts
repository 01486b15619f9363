/** The whole of server.json: where the server listens, and its scopes. Tokens and backups are the catalog's. */
import { z } from 'zod';
import { HoldfastError } from '../../base/errors.ts';
import { type Scope, scopeSchema } from './scope.ts';

const gib = 1024 ** 3;

const listenSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 takes a free one. */
  port: z.int().min(0).max(65_535).default(8484),
});

/** What `remote_url` may be read from, and how much of it. */
const importsSchema = z.strictObject({
  /** Host names that may be private addresses: "host" with any port, "host:port" with that one only. */
  allowHosts: z.array(z.string().min(1)).default([]),
  maxBytes: z
    .int()
    .min(1)
    .default(100 * gib),
  maxMinutes: z.int().min(1).default(240),
});

export const serverConfigSchema = z
  .strictObject({
    version: z.literal(1),
    listen: listenSchema.prefault({}),
    /** How clients reach it ("https://backup.example"): links in answers begin with it. The listening address unless given. */
    publicUrl: z.url({ protocol: /^https?$/ }).optional(),
    /** PEM files. */
    tls: z.strictObject({ certificateFile: z.string().min(1), keyFile: z.string().min(1) }).optional(),
    /** A proxy before it ends TLS: its X-Forwarded-For and -Proto are believed. */
    behindProxy: z.boolean().default(false),
    accessLog: z.enum(['stdout', 'off']).default('stdout'),
    /** How long links to downloads are good. */
    linkMinutes: z.int().min(1).max(1440).default(15),
    /** For each token. */
    requestsPerHour: z.int().min(1).default(3600),
    imports: importsSchema.prefault({}),
    /** Archives are kept as files for downloads, up to so much; 0 keeps none, and makes each anew. */
    archiveCacheBytes: z
      .int()
      .min(0)
      .default(4 * gib),
    parallelJobs: z.int().min(1).max(16).default(2),
    scopes: z.array(scopeSchema).default([]),
  })
  .superRefine(({ scopes }, context) => {
    for (const message of doubles(scopes)) context.addIssue({ code: 'custom', message });
  });

export type ServerConfig = z.infer<typeof serverConfigSchema>;

/** @throws `invalid-input`, each fault named */
export function parseServerConfig(json: unknown, path: string): ServerConfig {
  const parsed = serverConfigSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`,
  );
  throw new HoldfastError('invalid-input', `${path} is not valid: ${faults.join('; ')}`, {
    hint: 'Correct what is named; the server goes on with what it had.',
  });
}

function doubles(scopes: readonly Scope[]): string[] {
  const seen = new Set<string>();
  return scopes.flatMap((scope) =>
    [scope.id, externalIdOf(scope)].flatMap((id) => {
      const key = `${scope.dialect} ${id}`;
      const isDouble = seen.has(key) && !(id === scope.id && id === externalIdOf(scope));
      seen.add(key);
      return isDouble ? [`two scopes of ${scope.dialect} are called "${id}"`] : [];
    }),
  );
}

/** What requests call a scope: the organization's sid, the server's UUID, the stack's id; its own id where there is none. */
export function externalIdOf(scope: Scope): string {
  switch (scope.dialect) {
    case 'organizations':
      return scope.sid ?? scope.id;
    case 'panel':
      return scope.uuid;
    case 'stacks':
      return scope.uid;
    default:
      return scope.id;
  }
}
