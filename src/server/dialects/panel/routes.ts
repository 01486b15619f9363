/**
 * `panel` (document 003; Pterodactyl), served at `/api/client/servers/{server}/backups`:
 *
 *   GET, POST            /
 *   GET, DELETE          /{backup}
 *   GET                  /{backup}/download     a link that works once
 *   POST                 /{backup}/lock, /{backup}/restore
 *
 * The order of checks: credential (401), server (404), role (403), a restore that runs (409), then the request itself. The server is
 * its UUID, or the first eight characters of it. Who is no admin sees lists and backups; the data are for admins only.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isHoldfastError } from '../../../base/errors.ts';
import { answerFor } from '../../../http/error-answer.ts';
import { pathOf } from '../../../http/guard.ts';
import { callerSignal } from '../../../http/http-server.ts';
import { parseIgnored } from '../../../remote/dialects/panel/wire.ts';
import type { BackupRecord } from '../../catalog/backups.ts';
import type { ScopeOf } from '../../config/scope.ts';
import { type Dialect, type DialectContext, findScope } from '../../dialect.ts';
import { backupAnswer, errorAnswers, listAnswer, type PanelPage } from './answers.ts';
import { badRequest, busy, forbidden, locked, notFound, tooMany } from './panel-error.ts';
import { createSchema, readBody, restoreSchema, strictRestoreSchema } from './read-body.ts';

type PanelServer = ScopeOf<'panel'>;

const base = '/api/client/servers/:server/backups';
const downloadRoute = `${base}/:backup/download`;
const usualSize = 20;
const mostSize = 50;

export const panel: Dialect = (server, context) => {
  const routes = new PanelRoutes(context);
  server.setErrorHandler((error, request, reply) => routes.fail(error, request, reply));
  server.addHook('onRequest', (request) => routes.authenticate(request));
  server.get(base, (request) => routes.list(request));
  server.post(base, (request) => routes.create(request));
  server.get(`${base}/:backup`, (request) => routes.show(request));
  server.delete(`${base}/:backup`, (request, reply) => routes.remove(request, reply));
  server.get(downloadRoute, { exposeHeadRoute: false }, (request, reply) => routes.download(request, reply));
  server.post(`${base}/:backup/lock`, (request) => routes.lock(request));
  server.post(`${base}/:backup/restore`, (request, reply) => routes.restore(request, reply));
  // Clients read errors of the rest of the panel, which is not served, in its form only.
  server.register(
    async (rest) =>
      rest.setNotFoundHandler(() => {
        throw notFound();
      }),
    { prefix: '/api/client' },
  );
};

class PanelRoutes {
  readonly #context: DialectContext;
  readonly #asked = new WeakMap<FastifyRequest, PanelServer>();

  constructor(context: DialectContext) {
    this.#context = context;
  }

  async authenticate(request: FastifyRequest): Promise<void> {
    const token = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const caller = await this.#context.access.authenticate(token, request.ip);
    Object.assign(request, { caller });
    const { server } = request.params as { server?: string };
    if (server === undefined) throw notFound();
    const asked = server.toLowerCase();
    const found = findScope(this.#context, 'panel', ({ uuid }) => [uuid, uuid.slice(0, 8)].includes(asked));
    if (found === undefined || !caller.mayUse(found.id)) throw notFound();
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    if (caller.role !== 'admin' && (!isReading || request.routeOptions.url === downloadRoute)) throw forbidden();
    if (this.#context.backups.isRestoring(found)) throw busy();
    this.#asked.set(request, found);
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
      sizeAsked: (request.query as { per_page?: unknown }).per_page !== undefined,
      here: `${this.#context.downloads.baseUrl}${pathOf(request.raw)}`,
    });
  }

  async create(request: FastifyRequest) {
    const scope = this.#panel(request);
    const { name, ignored, ...flags } = readBody(createSchema, request.body);
    const { backups, clock } = this.#context;
    try {
      const backup = await backups.create(scope, {
        name: name || `Backup at ${clock.now().toISOString().slice(0, 19).replace('T', ' ')}`,
        locked: flags.is_locked ?? flags.isLocked ?? false,
        content: { kind: 'folders', paths: scope.folders, ignored: parseIgnored(ignored ?? '') },
      });
      return backupAnswer(backup);
    } catch (error) {
      if (isHoldfastError(error, 'conflict')) throw tooMany(Number(error.context.limit));
      if (isHoldfastError(error, 'no-space')) throw badRequest(error.message);
      throw error;
    }
  }

  async show(request: FastifyRequest) {
    return backupAnswer(this.#backup(request));
  }

  async lock(request: FastifyRequest) {
    const { id, locked: isLocked } = this.#backup(request);
    const { catalog, clock } = this.#context;
    return backupAnswer(catalog.backups.update(id, { locked: !isLocked }, clock.now().getTime())!);
  }

  async download(request: FastifyRequest, reply: FastifyReply) {
    const { id, state } = this.#backup(request);
    if (state === 'queued' || state === 'running') throw badRequest('This backup is not completed yet.');
    if (state === 'failed' || state === 'cancelled')
      throw badRequest('This backup failed: it has nothing to download.');
    try {
      const url = await this.#context.downloads.oneTimeLink(id, callerSignal(request, reply));
      return { object: 'signed_url', attributes: { url } };
    } catch (error) {
      // Its data are not, or no longer, where they can be read.
      if (isHoldfastError(error, ...unreadable)) throw badRequest('Unknown disk driver type');
      throw error;
    }
  }

  async restore(request: FastifyRequest, reply: FastifyReply) {
    const scope = this.#panel(request);
    const backup = this.#backup(request);
    const { truncate } = readBody(scope.truncateRequired ? strictRestoreSchema : restoreSchema, request.body);
    if (backup.state !== 'done' || backup.snapshotId === undefined) throw badRequest('This backup cannot be restored');
    // Of requests at the same time one begins: nothing is waited for from here to the row.
    if (this.#context.backups.isRestoring(scope)) throw busy();
    await this.#context.backups.restore(scope, { backupId: backup.id, truncate: truncate ?? false });
    return reply.code(204).send();
  }

  async remove(request: FastifyRequest, reply: FastifyReply) {
    const backup = this.#backup(request);
    if (backup.locked) throw locked();
    await this.#context.backups.remove(backup);
    return reply.code(204).send();
  }

  fail(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, error: told, unexpected } = answerFor(error);
    if (unexpected) this.#context.report(error, `${request.method} ${pathOf(request.raw)}`);
    const { panelStatus, panelCode, rules = '', retryAfterSeconds } = told.context;
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
    const code = Number(panelStatus ?? status);
    const common = { code: String(panelCode ?? names[code] ?? 'HttpException'), status: String(code) };
    const detail = code === 401 ? 'Unauthenticated.' : told.message;
    const ruleOf = String(rules).split(',');
    const errors = told.fields.map(({ path, message }, at) => ({
      ...common,
      detail: message,
      meta: { source_field: path, rule: ruleOf[at] ?? '' },
    }));
    reply
      .code(code)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify(errorAnswers(errors.length === 0 ? [{ ...common, detail }] : errors)));
  }

  #panel(request: FastifyRequest): PanelServer {
    return this.#asked.get(request)!;
  }

  #backup(request: FastifyRequest): BackupRecord {
    const { backup: id } = request.params as { backup: string };
    const backup = this.#context.catalog.backups.get(id);
    if (backup === undefined || backup.scope !== this.#panel(request).id) throw notFound();
    return backup;
  }
}

const unreadable = ['no-repository', 'not-found', 'conflict', 'corrupt', 'wrong-password', 'io'] as const;

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
    return number >= 1 && Number.isSafeInteger(number) ? number : otherwise;
  };
  return { number: whole(page, 1), size: Math.min(mostSize, whole(size, usualSize)) };
}
