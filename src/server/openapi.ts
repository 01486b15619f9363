/** The OpenAPI document of the server, made from the routes that there are; bodies are those of the dialects' wire schemas. */
import { z } from 'zod';
import { programVersion } from '../platform/program-version.ts';
import * as fa from '../remote/dialects/fa/wire.ts';
import * as organizations from '../remote/dialects/organizations/wire.ts';
import * as panel from '../remote/dialects/panel/wire.ts';
import * as stacks from '../remote/dialects/stacks/wire.ts';

export interface Route {
  readonly verb: string;
  /** As Fastify declares it: `/stacks/:stack`. */
  readonly path: string;
}

/** What the answers of a path hold, where that is not plain. */
const bodies: readonly (readonly [RegExp, string])[] = [
  [/^\/organizations\/backup\/list/, 'OrganizationsPage'],
  [/^\/organizations\/backup\/detail/, 'OrganizationsBackup'],
  [/^\/fa\/api\/v0\/backup\/:id$/, 'FaBackup'],
  [/^\/fa\/api\/v0\/restore\/:id$/, 'FaRestore'],
  [/^\/api\/client\/servers\/:server\/backups$/, 'PanelPage'],
  [/^\/api\/client\/servers\/:server\/backups\/:backup\/download$/, 'PanelSignedUrl'],
  [/^\/api\/client\/servers\/:server\/backups\/:backup$/, 'PanelBackup'],
  [/stacks\/:stack\/backups\/:backup\/files$/, 'StacksFiles'],
  [/stacks\/:stack\/backups\/:backup\/files\/:file$/, 'StacksPublicUrl'],
  [/stacks\/:stack\/backups\/:backup$/, 'StacksBackup'],
  [/stacks\/:stack\/backups$/, 'StacksPage'],
];

const schemas: Readonly<Record<string, z.ZodType>> = {
  OrganizationsPage: organizations.pageSchema,
  OrganizationsBackup: organizations.backupSchema,
  FaBackup: fa.answerSchema.extend({ data: fa.backupSchema.nullable() }),
  FaRestore: fa.answerSchema.extend({ data: fa.restoreSchema.nullable() }),
  PanelPage: panel.listSchema,
  PanelBackup: panel.backupSchema,
  PanelSignedUrl: panel.signedUrlSchema,
  StacksPage: stacks.listSchema,
  StacksBackup: stacks.showSchema,
  StacksFiles: stacks.filesSchema,
  StacksPublicUrl: stacks.publicUrlSchema,
};

const tags = ['organizations', 'fa', 'panel', 'stacks', 'restic', 'server'] as const;
type Tag = (typeof tags)[number];

export function openApiDocument(routes: readonly Route[], baseUrl: string) {
  const paths: Record<string, Record<string, object>> = {};
  for (const { verb, path } of routes) {
    if (verb === 'HEAD' || isAlias(path)) continue;
    const key = path.replaceAll(/:(\w+)/g, '{$1}');
    paths[key] = { ...paths[key], [verb.toLowerCase()]: operation(path, verb) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast server',
      version: programVersion().replace('holdfast ', ''),
      description: 'Remote backup APIs of four kinds, and the restic REST protocol.',
    },
    servers: [{ url: baseUrl }],
    tags: tags.map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic', description: 'The token as password.' },
        token: { type: 'apiKey', in: 'header', name: 'token' },
      },
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]): [string, object] => [
          name,
          z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
        ]),
      ),
    },
  };
}

/** Only there for what real clients send: a `.json` or a slash behind it, or two slashes in it. */
function isAlias(path: string): boolean {
  const isRepository = path.startsWith('/restic/');
  return /stacks.*\.json$|\/\//.test(path) || (!isRepository && path.endsWith('/'));
}

function operation(path: string, verb: string): object {
  const tag = tagOf(path);
  const body = verb === 'GET' ? bodies.find(([pattern]) => pattern.test(path))?.[1] : undefined;
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${body}` } } };
  return {
    tags: [tag],
    operationId: `${verb.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '')}`,
    parameters: [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    responses: {
      '2XX': { description: 'Done.', ...(body === undefined ? {} : { content }) },
      '4XX': { description: 'Refused; the body is the error of this API.' },
    },
    security: securityOf(tag, path),
  };
}

function tagOf(path: string): Tag {
  if (path.startsWith('/organizations/')) return 'organizations';
  if (path.startsWith('/fa/')) return 'fa';
  if (path.startsWith('/api/client/')) return 'panel';
  if (/^(\/api\/3)?\/stacks/.test(path)) return 'stacks';
  return path.startsWith('/restic/') ? 'restic' : 'server';
}

function securityOf(tag: Tag, path: string): object[] {
  if (tag === 'organizations') return [{ token: [] }, { bearer: [] }];
  if (tag === 'restic') return [{ basic: [] }, { bearer: [] }];
  // Links to downloads carry what they need.
  return tag === 'server' || path.startsWith('/download') ? [] : [{ bearer: [] }];
}
