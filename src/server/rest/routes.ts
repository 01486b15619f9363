/**
 * The restic REST protocol, versions 1 and 2, at `/restic/<scope>/`: what `restic -r rest:…` backs up to.
 *
 *   POST /?create=true          the layout of a repository
 *   HEAD, GET, POST, DELETE     /config
 *   GET                         /<type>/          names, or names and sizes (version 2)
 *   HEAD, GET, POST, DELETE     /<type>/<name>    GET with ranges
 *
 * Guarantees: a file is published whole, with the hash that is its name, or not at all; none is ever overwritten; names are checked
 * before anything is touched. Roles: admin does everything, member appends (removes locks only), public reads.
 * Credentials: the token as password of Basic (whatever the user's name), or as Bearer. Passwords do not come over plain http from
 * another machine.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Backend, Handle } from '../../backend/backend.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { pathOf } from '../../http/guard.ts';
import { callerSignal } from '../../http/http-server.ts';
import type { Caller } from '../access/access.ts';
import { parseRange } from '../byte-range.ts';
import type { ScopeOf } from '../config/scope.ts';
import { type Dialect, type DialectContext, findScope } from '../dialect.ts';
import { tokenShown } from './credential.ts';
import { errorTextFor } from './error-text.ts';
import { configHandle, handleOf, typeOf } from './names.ts';
import { Removals } from './removals.ts';
import { sendPieces } from './send-pieces.ts';
import { announcedBytes, letGoBy, takeUpload } from './upload.ts';
import { type Reservation, Usage, unlimited } from './usage.ts';

const root = '/restic/:repo';
const version2 = 'application/vnd.x.restic.rest.v2';
const pieceBytes = 1024 * 1024;
/** Beyond a used up quota, for locks: they have a few hundred bytes each. */
const lockSlackBytes = 1024 * 1024;

type Need = 'read' | 'append' | 'remove';

interface Params {
  readonly repo: string;
  readonly type?: string;
  readonly name?: string;
}

interface Asked {
  readonly scope: ScopeOf<'restic'>;
  readonly backend: Backend;
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

export const restic: Dialect = (server, context) => {
  const routes = new RestRoutes(context);
  server.removeAllContentTypeParsers();
  // The body stays a stream, whatever it is called.
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  server.setErrorHandler((error, request, reply) => routes.fail(error, request, reply));
  const own = { exposeHeadRoute: false };
  server.post(`${root}/`, own, (request, reply) => routes.create(request, reply));
  server.delete(`${root}/`, own, (request, reply) => routes.destroy(request, reply));
  for (const path of [`${root}/config`, `${root}/:type/:name`]) {
    server.head(path, (request, reply) => routes.head(request, reply));
    server.get(path, own, (request, reply) => routes.read(request, reply));
    server.post(path, (request, reply) => routes.save(request, reply));
    server.delete(path, (request, reply) => routes.remove(request, reply));
  }
  server.get(`${root}/:type/`, own, (request, reply) => routes.list(request, reply));
};

class RestRoutes {
  readonly #context: DialectContext;
  readonly #usage: Usage;
  readonly #removals = new Removals();

  constructor(context: DialectContext) {
    this.#context = context;
    this.#usage = new Usage(context.clock);
  }

  async create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { backend, signal } = await this.#asked(request, reply, 'append');
    if ((request.query as { create?: unknown }).create !== 'true')
      throw new HoldfastError('invalid-input', 'create=true is missing.');
    try {
      await backend.create(signal);
    } catch (error) {
      // There already: as good as made.
      if (!isHoldfastError(error, 'exists')) throw error;
    }
    return reply.send();
  }

  /** Whole repositories are removed by who runs the server. */
  async destroy(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    await this.#asked(request, reply, 'remove');
    return reply.code(501).type('text/plain; charset=utf-8').send('A repository is not removed in this way.\n');
  }

  async head(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { backend, signal } = await this.#asked(request, reply, 'read');
    const { sizeBytes } = await backend.stat(handleIn(request), signal);
    return reply.headers({ 'content-length': sizeBytes, 'accept-ranges': 'bytes' }).send();
  }

  async read(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { backend, signal } = await this.#asked(request, reply, 'read');
    const handle = handleIn(request);
    const { sizeBytes } = await backend.stat(handle, signal);
    const range = parseRange(request.headers.range, sizeBytes);
    reply.headers({ 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream' });
    if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${sizeBytes}`).send();
    const { start, end } = range ?? { start: 0, end: sizeBytes };
    if (range !== undefined) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${sizeBytes}`);
    reply.header('content-length', end - start);
    // One that takes nothing any more is gone.
    reply.raw.setTimeout(this.#context.stallMs, () => reply.raw.destroy());
    reply.hijack();
    reply.raw.writeHead(reply.statusCode, reply.getHeaders() as OutgoingHttpHeaders);
    try {
      await sendPieces(reply.raw, pieces(backend, handle, start, end, signal));
    } catch (error) {
      if (isHoldfastError(error) && !signal.aborted) this.#context.report(error, `GET ${pathOf(request.raw)}`);
    }
    return reply;
  }

  async list(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { backend, signal } = await this.#asked(request, reply, 'read');
    const files = await Array.fromAsync(backend.list(typeOf(paramsOf(request).type ?? ''), signal));
    if (request.headers.accept !== version2)
      return reply.type('application/vnd.x.restic.rest.v1').send(JSON.stringify(files.map(({ name }) => name)));
    return reply.type(version2).send(JSON.stringify(files.map(({ name, sizeBytes }) => ({ name, size: sizeBytes }))));
  }

  async save(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = await this.#asked(request, reply, 'append');
    const { backend, signal } = asked;
    const handle = handleIn(request);
    using room = await this.#roomFor(handle, announcedBytes(request.raw) ?? 0, asked);
    await takeUpload({ backend, handle, body: request.raw, room, stallMs: this.#context.stallMs, signal });
    return reply.send();
  }

  async remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { scope, backend, caller, signal } = await this.#asked(request, reply, 'append');
    const handle = handleIn(request);
    if (handle.type !== 'lock') assertMay(caller, 'remove');
    await this.#removals.inTurn(`${scope.id}/${handle.type}/${handle.name}`, async () => {
      const { sizeBytes } = await backend.stat(handle, signal);
      await backend.remove(handle, signal);
      await this.#usage.removed(scope.id, sizeBytes);
    });
    return reply.send();
  }

  /** As rest-server answers: plain text. */
  fail(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const isConfig = pathOf(request.raw).endsWith('/config');
    const { status, text, isFault, retryAfterSeconds } = errorTextFor(error, isConfig);
    if (isFault) this.#context.report(error, `${request.method} ${pathOf(request.raw)}`);
    if (isHoldfastError(error, 'unauthenticated')) reply.header('www-authenticate', 'Basic realm="holdfast"');
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
    letGoBy(request.raw);
    reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);
  }

  async #asked(request: FastifyRequest, reply: FastifyReply, need: Need): Promise<Asked> {
    const token = tokenShown(request.headers.authorization, request);
    const caller = await this.#context.access.authenticate(token, request.ip);
    Object.assign(request, { caller });
    const { repo } = paramsOf(request);
    const scope = findScope(this.#context, 'restic', ({ id }) => id === repo);
    // Another's repository is as if it were not there.
    if (scope === undefined || !caller.mayUse(scope.id))
      throw new HoldfastError('not-found', 'There is no such repository.');
    assertMay(caller, need);
    return { scope, caller, backend: this.#context.backend(scope.id), signal: callerSignal(request, reply) };
  }

  /**
   * A full repository can be tidied up: some locks fit in beyond its quota, and the indexes of who may remove packs. They are counted
   * as everything is: what is removed later was there.
   */
  async #roomFor({ type }: Handle, bytes: number, { scope, backend, caller }: Asked): Promise<Reservation> {
    const quotaBytes = scope.limits.storedBytes;
    if (quotaBytes === undefined) return unlimited;
    const isIndexOfAdmin = type === 'index' && caller.role === 'admin';
    const slackBytes = isIndexOfAdmin ? Number.POSITIVE_INFINITY : type === 'lock' ? lockSlackBytes : 0;
    return this.#usage.reserve(scope.id, backend, quotaBytes + slackBytes, bytes);
  }
}

function assertMay({ role }: Caller, need: Need): void {
  const may = { admin: ['read', 'append', 'remove'], member: ['read', 'append'], public: ['read'] }[role];
  if (may.includes(need)) return;
  throw new HoldfastError('append-only', `This token may not ${need === 'remove' ? 'remove anything' : 'write'}.`);
}

async function* pieces(
  backend: Backend,
  handle: Handle,
  start: number,
  end: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const read = (offset: number) =>
    offset >= end
      ? undefined
      : backend.readRange(handle, { offset, length: Math.min(pieceBytes, end - offset) }, signal);
  let next = read(start);
  for (let offset = start; next !== undefined; ) {
    const piece = await next;
    offset += piece.length;
    // Read while this one is sent.
    next = read(offset);
    next?.catch(() => undefined);
    yield piece;
  }
}

function paramsOf(request: FastifyRequest): Params {
  return request.params as Params;
}

function handleIn(request: FastifyRequest): Handle {
  const { type, name } = paramsOf(request);
  return type === undefined ? configHandle : handleOf(type, name ?? '');
}
