/**
 * `organizations` (documents of 2018 and 2020), served:
 *
 *   GET, POST            /organizations/backup/list/{level}/{sid}/{serializer}/
 *   GET, PATCH, DELETE   /organizations/backup/detail/{sid}/
 *
 * The order of checks: credential (401), role (403), then level, sid and serializer (406). Errors are the documents' exact texts.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HoldfastError, isHoldfastError } from '../../../base/errors.ts';
import { answerFor } from '../../../http/error-answer.ts';
import { pathOf } from '../../../http/guard.ts';
import { type Serializer, serializers, texts } from '../../../remote/dialects/organizations/wire.ts';
import type { Caller } from '../../access/access.ts';
import type { BackupRecord } from '../../catalog/backups.ts';
import type { ScopeOf } from '../../config/scope.ts';
import { externalIdOf } from '../../config/server-config.ts';
import { type Dialect, type DialectContext, findScope } from '../../dialect.ts';
import { backupAnswer } from './answers.ts';
import { pageAnswer, pageOf } from './pages.ts';

type Organization = ScopeOf<'organizations'>;

const listPath = '/organizations/backup/list/:level/:sid/:serializer/';
const detailPath = '/organizations/backup/detail/:sid/';
const listParams = z.object({ level: z.string(), sid: z.string(), serializer: z.string() });
const detailParams = z.object({ sid: z.string() });

/** Everything else is ignored, as the document says. */
const changeSchema = z.object({
  name: z.string().min(1).max(255).optional(),
  description: z.string().max(10_000).optional(),
});

export const organizations: Dialect = (server, context) => {
  const routes = new OrganizationRoutes(context);
  server.setErrorHandler((error, request, reply) => routes.fail(error, request, reply));
  server.addHook('onRequest', (request) => routes.authenticate(request));
  for (const path of [listPath, listPath.slice(0, -1)]) {
    server.get(path, (request) => routes.list(request));
    server.post(path, (request) => routes.create(request));
    notAllowed(server, path, ['PUT', 'PATCH', 'DELETE'], 'GET, POST, HEAD, OPTIONS');
  }
  for (const path of [detailPath, detailPath.slice(0, -1)]) {
    server.get(path, (request) => routes.detail(request));
    server.patch(path, (request) => routes.change(request));
    server.delete(path, (request, reply) => routes.remove(request, reply));
    notAllowed(server, path, ['PUT', 'POST'], 'GET, PATCH, DELETE, HEAD, OPTIONS');
  }
};

function notAllowed(server: FastifyInstance, url: string, method: string[], allow: string): void {
  server.route({
    method,
    url,
    handler: async (request, reply) =>
      reply
        .code(405)
        .header('allow', allow)
        .type('text/plain; charset=utf-8')
        .send(`Method "${request.method}" not allowed.`),
  });
}

class OrganizationRoutes {
  readonly #context: DialectContext;
  readonly #callers = new WeakMap<FastifyRequest, Caller>();

  constructor(context: DialectContext) {
    this.#context = context;
  }

  async authenticate(request: FastifyRequest): Promise<void> {
    const caller = await this.#context.access.authenticate(tokenOf(request), request.ip);
    this.#callers.set(request, caller);
    Object.assign(request, { caller });
    if (caller.role !== 'admin') throw new HoldfastError('permission', texts.forbidden);
  }

  async list(request: FastifyRequest) {
    const { organization, serializer } = this.#listed(request);
    const { backups } = this.#context.catalog;
    const filter = { scope: organization.id };
    const count = backups.count(filter);
    const page = pageOf(request.query, count);
    const rows = backups.list(filter, { offset: (page.number - 1) * page.size, limit: page.size });
    const versions = this.#versions(organization);
    const results = rows.map((backup) => this.#answer(organization, backup, serializer, versions));
    const here = `${this.#context.downloads.baseUrl}${pathOf(request.raw)}`;
    return pageAnswer({ page, count, here, query: request.query, results });
  }

  /** The long form, whatever the serializer. */
  async create(request: FastifyRequest) {
    const { organization } = this.#listed(request);
    const { backups, clock } = this.#context;
    const time = clock
      .now()
      .toISOString()
      .replaceAll(/[-:T]|\..*/g, '');
    const isOld = organization.shape === '2018';
    const backup = await backups.create(organization, {
      name: isOld ? `${time}.gz` : `Backup ${time}`,
      description: isOld ? `Data backup on ${time}` : '',
      content: { kind: 'scope' },
    });
    return this.#answer(organization, backup, 'detail');
  }

  async detail(request: FastifyRequest) {
    const { organization, backup } = this.#found(request);
    return this.#answer(organization, backup, 'detail');
  }

  async change(request: FastifyRequest) {
    const { organization, backup } = this.#found(request);
    const { name, description } = readChange(request.body);
    const change = { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) };
    const changed = this.#context.catalog.backups.update(backup.id, change, this.#context.clock.now().getTime());
    return this.#answer(organization, changed ?? backup, 'detail');
  }

  async remove(request: FastifyRequest, reply: FastifyReply) {
    await this.#context.backups.remove(this.#found(request).backup);
    return reply.code(204).send();
  }

  /** Plain text, as in the documents. */
  fail(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, error: told, unexpected } = answerFor(error);
    if (unexpected) this.#context.report(error, `${request.method} ${pathOf(request.raw)}`);
    if (isHoldfastError(error, 'unauthenticated')) reply.header('www-authenticate', 'Token');
    const seconds = told.context.retryAfterSeconds;
    if (seconds !== undefined) reply.header('retry-after', String(seconds));
    const isWrong = isHoldfastError(error) && error.context.wrong === true;
    const isUnauthenticated = isHoldfastError(error, 'unauthenticated');
    reply
      .code(isWrong ? 406 : status)
      .type('text/plain; charset=utf-8')
      .send(isUnauthenticated ? texts.unauthenticated : told.message);
  }

  #listed(request: FastifyRequest): { readonly organization: Organization; readonly serializer: Serializer } {
    const { level, sid, serializer } = listParams.parse(request.params);
    if (level !== 'organization') throw wrong(texts.wrongLevel);
    const organization = findScope(this.#context, 'organizations', (scope) => externalIdOf(scope) === sid);
    if (organization === undefined) throw wrong(texts.wrongId);
    this.#assertMayUse(request, organization);
    const known = serializers.find((one) => one === serializer);
    if (known === undefined) throw wrong(`Wrong serializer - ${serializers.join(', ')} are acceptable`);
    return { organization, serializer: known };
  }

  #found(request: FastifyRequest): { readonly organization: Organization; readonly backup: BackupRecord } {
    const { sid } = detailParams.parse(request.params);
    const backup = this.#context.catalog.backups.get(sid);
    const organization =
      backup === undefined
        ? undefined
        : findScope(this.#context, 'organizations', (scope) => scope.id === backup.scope);
    if (backup === undefined || organization === undefined) throw wrong(texts.wrongId);
    this.#assertMayUse(request, organization);
    return { organization, backup };
  }

  /** Another's organization is as if it were not there. */
  #assertMayUse(request: FastifyRequest, { id }: Organization): void {
    if (this.#callers.get(request)?.mayUse(id) !== true) throw wrong(texts.wrongId);
  }

  #answer(
    organization: Organization,
    backup: BackupRecord,
    serializer: Serializer,
    versions = this.#versions(organization),
  ) {
    const filePath = () => this.#context.downloads.signedLink(backup.id);
    return backupAnswer({ organization, backup, versions, mayChange: true, filePath }, serializer);
  }

  #versions({ id }: Organization): number {
    return this.#context.catalog.backups.totals(id).files;
  }
}

function tokenOf({ headers }: FastifyRequest): string | undefined {
  const { token, authorization } = headers;
  if (typeof token === 'string' && token !== '') return token;
  return /^(?:Token|Bearer) +(.+)$/i.exec(authorization ?? '')?.[1];
}

/** `wrong` is answered by 406. */
function wrong(text: string): HoldfastError {
  return new HoldfastError('invalid-input', text, { context: { wrong: true } });
}

function readChange(body: unknown): z.infer<typeof changeSchema> {
  const parsed = changeSchema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HoldfastError('invalid-input', `${issue?.path.join('.') || 'The body'}: ${issue?.message}`, {
    context: { wrong: true },
  });
}
