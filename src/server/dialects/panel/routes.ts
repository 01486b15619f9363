/**
 * `panel` (document 003; Pterodactyl), served at `/api/client/servers/{server}/backups`:
 *
 *   GET, POST            /
 *   GET, DELETE          /{backup}
 *   GET                  /{backup}/download     a link that works once
 *   POST                 /{backup}/lock, /{backup}/restore
 *
 * The order of checks: credential (401), server (404), role (403), a restore that runs (409), then the request itself.
 * The server is its UUID, or the first eight characters of it.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isHoldfastError } from '../../../base/errors.ts';
import { answerFor } from '../../../http/error-answer.ts';
import { pathOf } from '../../../http/guard.ts';
import { parseIgnored } from '../../../remote/dialects/panel/wire.ts';
import type { Caller } from '../../access/access.ts';
import type { BackupRecord } from '../../catalog/backups.ts';
import type { ScopeOf } from '../../config/scope.ts';
import { type Dialect, type DialectContext, findScope } from '../../dialect.ts';
import { backupAnswer, errorAnswer, listAnswer, type PanelPage } from './answers.ts';
import { badRequest, busy, forbidden, invalidField, notFound } from './panel-error.ts';

type PanelServer = ScopeOf<'panel'>;

const base = '/api/client/servers/:server/backups';
const usualSize = 20;
const mostSize = 50;

const createSchema = z.object({
  name: z.string().max(191).nullish(),
  ignored: z.string().nullish(),
  is_locked: z.boolean().nullish(),
});

interface Asked {
  readonly panel: PanelServer;
  readonly caller: Caller;
}

export const panel: Dialect = (server, context) => {
  const routes = new PanelRoutes(context);
  server.setErrorHandler((error, request, reply) => routes.fail(error, request, reply));
  server.addHook('onRequest', (request) => routes.authenticate(request));
  server.get(base, (request) => routes.list(request));
  server.post(base, (request) => routes.create(request));
  server.get(`${base}/:backup`, (request) => routes.show(request));
  server.delete(`${base}/:backup`, (request, reply) => routes.remove(request, reply));
  server.get(`${base}/:backup/download`, (request) => routes.download(request));
  server.post(`${base}/:backup/lock`, (request) => routes.lock(request));
  server.post(`${base}/:backup/restore`, (request, reply) => routes.restore(request, reply));
};

class PanelRoutes {
  readonly #context: DialectContext;
  readonly #asked = new WeakMap<FastifyRequest, Asked>();

  constructor(context: DialectContext) {
    this.#context = context;
  }

  async authenticate(request: FastifyRequest): Promise<void> {
    const token = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const caller = await this.#context.access.authenticate(token, request.ip);
    Object.assign(request, { caller });
    const { server } = request.params as { server: string };
    const found = findScope(this.#context, 'panel', ({ uuid }) => uuid === server || uuid.slice(0, 8) === server);
    if (found === undefined || !caller.mayUse(found.id)) throw notFound();
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    if (caller.role !== 'admin' && (!isReading || request.url.includes('/download'))) throw forbidden();
    if (this.#context.backups.isRestoring(found)) throw busy();
    this.#asked.set(request, { panel: found, caller });
  }

  async list(request: FastifyRequest) {
    const scope = this.#panel(request).id;
    const { backups } = this.#context.catalog;
    const page = pageOf(request.query);
    const total = backups.count({ scope });
    return listAnswer({
      rows: backups.list({ scope }, { offset: (page.number - 1) * page.size, limit: page.size }),
      total,
      good: backups.count({ scope, states: ['queued', 'running', 'done'] }),
      page,
      here: `${this.#context.downloads.baseUrl}${pathOf(request.raw)}`,
    });
  }

  async create(request: FastifyRequest) {
    const scope = this.#panel(request);
    const { name, ignored, is_locked: locked } = readBody(createSchema, request.body ?? {});
    const { backups, clock } = this.#context;
    try {
      const backup = await backups.create(scope, {
        name: name || `Backup at ${clock.now().toISOString().slice(0, 19).replace('T', ' ')}`,
        locked: locked ?? false,
        content: { kind: 'folders', paths: scope.folders, ignored: parseIgnored(ignored ?? '') },
      });
      return backupAnswer(backup);
    } catch (error) {
      if (isHoldfastError(error, 'conflict', 'no-space')) throw badRequest(error.message);
      throw error;
    }
  }

  async show(request: FastifyRequest) {
    return backupAnswer(this.#backup(request));
  }

  async lock(request: FastifyRequest) {
    const { id, locked } = this.#backup(request);
    const { catalog, clock } = this.#context;
    return backupAnswer(catalog.backups.update(id, { locked: !locked }, clock.now().getTime())!);
  }

  async download(request: FastifyRequest) {
    const { id, state, archive } = this.#backup(request);
    if (state !== 'done') throw badRequest('This backup cannot be downloaded: it is not completed.');
    // Its data went elsewhere than to a store that can give them.
    if (archive === undefined) throw badRequest('Unknown disk driver type');
    return { object: 'signed_url', attributes: { url: this.#context.downloads.oneTimeLink(id) } };
  }

  async restore(request: FastifyRequest, reply: FastifyReply) {
    const scope = this.#panel(request);
    const backup = this.#backup(request);
    const required = scope.truncateRequired;
    const schema = z.object({ truncate: required ? z.boolean() : z.boolean().nullish() });
    const { truncate } = readBody(schema, request.body ?? {});
    if (backup.state !== 'done' || backup.snapshotId === undefined) throw badRequest('This backup cannot be restored');
    await this.#context.backups.restore(scope, { backupId: backup.id, truncate: truncate ?? false });
    return reply.code(204).send();
  }

  async remove(request: FastifyRequest, reply: FastifyReply) {
    const backup = this.#backup(request);
    if (backup.locked) throw badRequest('Cannot delete a backup that is marked as locked.');
    await this.#context.backups.remove(backup);
    return reply.code(204).send();
  }

  fail(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, error: told, unexpected } = answerFor(error);
    if (unexpected) this.#context.report(error, `${request.method} ${pathOf(request.raw)}`);
    const { panelStatus, panelCode, field, rule, retryAfterSeconds } = told.context;
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
    const code = Number(panelStatus ?? status);
    reply
      .code(code)
      .type('application/json; charset=utf-8')
      .send(
        JSON.stringify(
          errorAnswer({
            code: String(panelCode ?? names[code] ?? 'HttpException'),
            status: String(code),
            detail: code === 401 ? 'Unauthenticated.' : told.message,
            ...(field === undefined ? {} : { meta: { source_field: String(field), rule: String(rule) } }),
          }),
        ),
      );
  }

  #panel(request: FastifyRequest): PanelServer {
    return this.#asked.get(request)!.panel;
  }

  #backup(request: FastifyRequest): BackupRecord {
    const { backup: id } = request.params as { backup: string };
    const backup = this.#context.catalog.backups.get(id);
    if (backup === undefined || backup.scope !== this.#panel(request).id) throw notFound();
    return backup;
  }
}

const names: Readonly<Record<number, string>> = {
  400: 'BadRequestHttpException',
  401: 'AuthenticationException',
  404: 'NotFoundHttpException',
  429: 'TooManyRequestsHttpException',
};

function pageOf(query: unknown): PanelPage {
  const { page, per_page: size } = query as { page?: unknown; per_page?: unknown };
  const whole = (value: unknown, otherwise: number) => {
    const number = Math.trunc(Number(value));
    return number >= 1 ? number : otherwise;
  };
  return { number: whole(page, 1), size: Math.min(mostSize, whole(size, usualSize)) };
}

const rules: Readonly<Record<string, string>> = { too_big: 'max', too_small: 'min', invalid_type: 'type' };

function readBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('.') ?? '';
  const isMissing = issue?.code === 'invalid_type' && (body as Record<string, unknown>)?.[field] === undefined;
  const rule = isMissing ? 'required' : (rules[issue?.code ?? ''] ?? String(issue?.code));
  throw invalidField(
    field,
    rule,
    isMissing ? `The ${field} field is required.` : `The ${field} field is not valid: ${issue?.message}`,
  );
}
