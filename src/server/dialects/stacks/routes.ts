/**
 * `stacks` (document 004; Cloud 66, API 3), served at `/stacks` and `/api/3/stacks`, with `.json` behind it or without:
 *
 *   GET         /stacks, /stacks/{stack}                        those that the token is for
 *   GET, POST   /stacks/{stack}/backups                         POST makes a task, or imports where there is a remote_url
 *   GET         /stacks/{stack}/backups/{id}
 *   GET         /stacks/{stack}/backups/{id}/files, …/files/{file}
 *
 * Every answer tells the rate limit. Roles: all may read (scope `public`), admin may create and import (scope `admin`).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HoldfastError, isHoldfastError } from '../../../base/errors.ts';
import { answerFor } from '../../../http/error-answer.ts';
import { pathOf } from '../../../http/guard.ts';
import type { Caller } from '../../access/access.ts';
import { databasesOf } from '../../backups/database-content.ts';
import type { BackupRecord } from '../../catalog/backups.ts';
import { type Dialect, type DialectContext, findScope } from '../../dialect.ts';
import { backupAnswer, filesOf, pageAnswer, perPage, type Stack } from './answers.ts';
import { createSchema, given, importSchema, read } from './parameters.ts';
import { RateLimit } from './rate-limit.ts';

interface Params {
  readonly stack?: string;
  readonly backup?: string;
  readonly file?: string;
}

export const stacks: Dialect = (server, context) => {
  const routes = new StackRoutes(context);
  acceptForms(server);
  server.setErrorHandler((error, request, reply) => routes.fail(error, request, reply));
  server.addHook('onRequest', (request, reply) => routes.authenticate(request, reply));
  for (const base of ['/stacks', '/api/3/stacks']) {
    const one = `${base}/:stack`;
    for (const json of ['', '.json']) {
      server.get(`${base}${json}`, (request) => routes.listStacks(request));
      server.get(`${one}/backups${json}`, (request) => routes.list(request));
      server.post(`${one}/backups${json}`, (request) => routes.create(request));
      server.get(`${one}/backups/:backup/files${json}`, (request) => routes.listFiles(request));
    }
    // A `.json` behind these is part of the parameter, and taken off.
    server.get(one, (request) => routes.showStack(request));
    server.get(`${one}/backups/:backup`, (request) => routes.show(request));
    server.get(`${one}/backups/:backup/files/:file`, (request) => routes.file(request));
    server.get(`${one}/backups/:backup/files//:file`, (request) => routes.file(request));
  }
  // Clients read errors of the rest of the product, which is not served, in its form only.
  for (const prefix of ['/stacks', '/api/3']) {
    server.register(
      async (rest) =>
        rest.setNotFoundHandler(() => {
          throw new HoldfastError('not-found', 'There is no such route.');
        }),
      { prefix },
    );
  }
};

function acceptForms(server: FastifyInstance): void {
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
}

class StackRoutes {
  readonly #context: DialectContext;
  readonly #limit: RateLimit;
  readonly #callers = new WeakMap<FastifyRequest, Caller>();

  constructor(context: DialectContext) {
    this.#context = context;
    this.#limit = new RateLimit(context.clock);
  }

  async authenticate(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { access, config } = this.#context;
    const limit = config().requestsPerHour;
    // Also where nobody is let in, which counts for no token.
    reply.headers({ 'x-ratelimit-limit': limit, 'x-ratelimit-remaining': limit });
    const token = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const caller = await access.authenticate(token, request.ip);
    this.#callers.set(request, caller);
    Object.assign(request, { caller });
    const left = this.#limit.take(caller.tokenId, limit);
    reply.header('x-ratelimit-remaining', Math.max(0, left));
    if (left < 0) throw throttled();
  }

  async listStacks(request: FastifyRequest) {
    const mine = this.#context
      .config()
      .scopes.filter((scope): scope is Stack => scope.dialect === 'stacks' && this.#mayUse(request, scope));
    const page = pageIn(request);
    return pageAnswer(mine.slice((page - 1) * perPage, page * perPage).map(stackAnswer), page, mine.length);
  }

  async showStack(request: FastifyRequest) {
    return { response: stackAnswer(this.#stack(request)) };
  }

  async list(request: FastifyRequest) {
    const stack = this.#stack(request);
    const { group, db_type: type } = given(request.query, undefined);
    const filter = {
      scope: stack.id,
      ...(group === undefined ? {} : { task: wholeNumber('group', group) }),
      ...(type === undefined ? {} : { engine: read(importSchema.shape.db_type, type) }),
    };
    const page = pageIn(request);
    const rows = this.#context.catalog.backups.list(filter, { offset: (page - 1) * perPage, limit: perPage });
    const count = this.#context.catalog.backups.count(filter);
    const restores = this.#context.catalog.restores.lastOfEach(rows.map(({ id }) => id));
    return pageAnswer(
      rows.map((backup) => backupAnswer(stack, backup, restores.get(backup.id))),
      page,
      count,
    );
  }

  async show(request: FastifyRequest) {
    const stack = this.#stack(request);
    const backup = this.#backup(request, stack);
    return { response: backupAnswer(stack, backup, this.#context.catalog.restores.lastOf(backup.id)) };
  }

  async create(request: FastifyRequest) {
    const stack = this.#stack(request);
    this.#assertAdmin(request);
    const values = given(request.query, request.body);
    return values.remote_url === undefined ? this.#create(stack, values) : this.#import(stack, values);
  }

  async listFiles(request: FastifyRequest) {
    const stack = this.#stack(request);
    const files = filesOf(stack, this.#backup(request, stack));
    const page = pageIn(request);
    const shown = files.slice((page - 1) * perPage, page * perPage).map(({ id, name }) => ({ id, name }));
    return pageAnswer(shown, page, files.length);
  }

  async file(request: FastifyRequest) {
    const stack = this.#stack(request);
    const backup = this.#backup(request, stack);
    const id = withoutJson((request.params as Params).file);
    const file = filesOf(stack, backup).find((one) => one.id === id);
    if (file === undefined) throw new HoldfastError('not-found', 'There is no such file.');
    return { response: { ok: true, public_url: this.#context.downloads.signedLink(backup.id, file.part) } };
  }

  fail(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, error: told, unexpected } = answerFor(error);
    if (unexpected) this.#context.report(error, `${request.method} ${pathOf(request.raw)}`);
    const isThrottled = told.context.throttled === true;
    const seconds = told.context.retryAfterSeconds;
    if (seconds !== undefined) reply.header('retry-after', String(seconds));
    if (isHoldfastError(error, 'unauthenticated')) reply.header('www-authenticate', 'Bearer');
    const code = isThrottled ? 503 : status;
    const body = {
      error: isThrottled ? 'throttled' : (names[code] ?? told.code),
      error_description: told.message,
      details:
        told.fields.length > 0
          ? told.fields.map(({ path, message }) => `${path}: ${message}`).join('; ')
          : (told.hint ?? ''),
    };
    reply.code(code).type('application/json; charset=utf-8').send(JSON.stringify(body));
  }

  /** A task for each database of the types; all of them or none. */
  async #create(stack: Stack, values: Readonly<Record<string, unknown>>) {
    const order = read(createSchema, values);
    const all = databasesOf(stack);
    const missing = order.db_type.filter((type) => type !== 'all' && !all.some(({ engine }) => engine === type));
    if (all.length === 0) throw wrongField('db_type', 'The stack has no databases');
    if (missing.length > 0) throw wrongField('db_type', `The stack has no ${missing.join(', ')}`);
    const isAll = order.db_type.includes('all');
    const orders = all
      .filter(({ engine }) => isAll || order.db_type.includes(engine))
      .map(({ engine, database, server }) => ({
        engine,
        database,
        server,
        gzip: order.gzip,
        excludedTables: engine === 'redis' ? [] : order.excluded_tables,
        onReplica: order.run_on_replica_server,
        ...(order.frequency === undefined ? {} : { frequency: order.frequency }),
        ...(order.keep_count === undefined ? {} : { keepCount: order.keep_count }),
      }));
    await this.#context.tasks.create(stack, orders);
    return { response: { ok: true, message: 'queued for creation' } };
  }

  async #import(stack: Stack, values: Readonly<Record<string, unknown>>) {
    const { remote_url: url, group, db_type: engine } = read(importSchema, values);
    const task = this.#context.catalog.tasks.get(group);
    if (task === undefined || task.scope !== stack.id) throw wrongField('group', 'There is no such group');
    if (task.order.engine !== engine) throw wrongField('db_type', `The group is of ${task.order.engine}`);
    const isHttp = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
    if (!isHttp) throw wrongField('remote_url', 'An http or https address is needed');
    const { database, server } = task.order;
    await this.#context.backups.create(stack, {
      name: `import of ${engine} ${database}`,
      task: group,
      content: { kind: 'import', engine, database, ...(server === undefined ? {} : { server }), url },
    });
    return { response: { ok: true, message: 'Your external backup queued for upload' } };
  }

  /** Another's stack is as if it were not there. */
  #stack(request: FastifyRequest): Stack {
    const { stack, backup } = request.params as Params;
    const uid = backup === undefined ? withoutJson(stack) : stack;
    const found = findScope(this.#context, 'stacks', (scope) => scope.uid === uid);
    if (found === undefined || !this.#mayUse(request, found))
      throw new HoldfastError('not-found', 'There is no such stack.');
    return found;
  }

  #backup(request: FastifyRequest, stack: Stack): BackupRecord {
    const number = Number(withoutJson((request.params as Params).backup));
    const backup = Number.isSafeInteger(number) ? this.#context.catalog.backups.byNumber(number) : undefined;
    if (backup === undefined || backup.scope !== stack.id)
      throw new HoldfastError('not-found', 'There is no such backup.');
    return backup;
  }

  #mayUse(request: FastifyRequest, { id }: Stack): boolean {
    return this.#callers.get(request)?.mayUse(id) === true;
  }

  #assertAdmin(request: FastifyRequest): void {
    if (this.#callers.get(request)?.role === 'admin') return;
    throw new HoldfastError('permission', 'This needs a token with the scope admin.');
  }
}

const names: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'insufficient_scope',
  404: 'not_found',
  409: 'conflict',
  422: 'unprocessable_entity',
  429: 'throttled',
  500: 'server_error',
};

function stackAnswer({ uid, name }: Stack) {
  return { uid, name };
}

function withoutJson(text = ''): string {
  return text.replace(/\.json$/, '');
}

function pageIn(request: FastifyRequest): number {
  const { page } = given(request.query, undefined);
  return page === undefined ? 1 : wholeNumber('page', page);
}

function wholeNumber(field: string, value: unknown): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw wrongField(field, 'A whole number is needed');
}

function wrongField(path: string, message: string): HoldfastError {
  return new HoldfastError('invalid-input', `${path}: ${message}`, { fields: [{ path, message }] });
}

function throttled(): HoldfastError {
  return new HoldfastError('too-many-requests', 'throttled', {
    retry: 'backoff',
    context: { throttled: true, retryAfterSeconds: 60 },
  });
}
