/**
 * The core of every HTTP server of Holdfast: limits on what a caller may send and how long it may take, guards before the
 * routes, errors as JSON without internals, mutations as `application/json` only.
 *
 *     connection → limits of Node → guards (403, 401, 429 …) → route → handler → answer, or `{ error }`
 *
 * Routes are added to the instance that `createHttpServer` returns; `listen` and `close` are its caller's.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { HoldfastError } from '../base/errors.ts';
import { apiHeaders } from '../base/security-headers.ts';
import { answerFor, badRequest, errorBody, jsonOnly, noSuchRoute } from './error-answer.ts';
import { type Guard, pathOf, refuse } from './guard.ts';

export interface HttpLimits {
  readonly bodyBytes: number;
  readonly headerBytes: number;
  /** Until all headers are there. */
  readonly headersMs: number;
  /** Until the whole request is there, with its body; 0 for no limit. */
  readonly requestMs: number;
  /** How long an idle connection is kept for the next request. */
  readonly keepAliveMs: number;
  readonly connections: number;
}

const usualLimits: HttpLimits = {
  bodyBytes: 1024 * 1024,
  headerBytes: 16 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 10_000,
  connections: 256,
};

export interface HttpServerOptions {
  readonly limits?: Partial<HttpLimits>;
  /**
   * `json`: requests that change something must be `application/json`, with a body or without (no page of another site can send
   * such without asking first). `by-route`: only a body has to be JSON, unless the plugin of a route adds parsers of its own.
   * Default: `json`.
   */
  readonly bodies?: 'json' | 'by-route';
  /** PEM: serves https. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Whether who connects is a proxy, whose X-Forwarded-For and -Proto are believed; asked at each request. Default: never. */
  readonly isBehindProxy?: () => boolean;
  /** In the order in which they look at a request. */
  readonly guards?: readonly Guard[];
  /** Told of every error that is not the caller's: the caller learns nothing of it. `request` is verb and path, no query. */
  readonly report: (error: unknown, request: string) => void;
  /** Told of each route as it is added: its verb, and its path as it was declared. */
  readonly onRoute?: (verb: string, path: string) => void;
}

/** A server without routes. Requests to unknown ones are answered with 404 as JSON. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { guards = [], bodies = 'json', tls, isBehindProxy, report } = options;
  const limits = { ...usualLimits, ...options.limits };
  const server = fastify({
    bodyLimit: limits.bodyBytes,
    logger: false,
    // The proxy itself only: what it was told by others is not.
    ...(isBehindProxy === undefined ? {} : { trustProxy: (_address, hop) => hop === 0 && isBehindProxy() }),
    // Streams of events never end by themselves; other requests are let end (`close` of the caller sets the limit).
    forceCloseConnections: bodies === 'json' ? true : 'idle',
    routerOptions: { maxParamLength: 1024 },
    serverFactory: (route) =>
      nodeServer(limits, tls, (request, response) => {
        for (const guard of guards) {
          const refusal = guard(request);
          if (refusal !== undefined) return refuse(request, response, refusal);
        }
        route(request, response);
      }),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error.code, socket),
    frameworkErrors: (error, request, reply) => answerError(report, error, request, reply),
  });
  if (options.onRoute !== undefined) {
    const { onRoute } = options;
    server.addHook('onRoute', ({ method, url }) => {
      for (const verb of [method].flat()) onRoute(verb, url);
    });
  }
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(apiHeaders);
    if (bodies === 'by-route' || !isMutation(request) || isJson(request)) return;
    // The body, whatever it is, stays unread.
    return reply.code(415).header('connection', 'close').type('application/json').send(errorBody(jsonOnly()));
  });
  acceptJsonOnly(server);
  server.setErrorHandler((error, request, reply) => answerError(report, error, request, reply));
  server.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.raw);
    reply
      .code(404)
      .type('application/json')
      .send(errorBody(noSuchRoute(request.method, path)));
  });
  return server;
}

function nodeServer(limits: HttpLimits, tls: HttpServerOptions['tls'], listener: RequestListener): Server {
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headersMs),
    noDelay: true,
  };
  const server =
    tls === undefined ? createServer(options, listener) : createTlsServer({ ...options, ...tls }, listener);
  server.maxConnections = limits.connections;
  return server;
}

/** An empty body is none; everything else must be JSON, without the keys that poison prototypes. */
function acceptJsonOnly(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, String(body), done);
  });
}

/** Asked of every mutation, with a body or without: no page of another site can send it without asking first. */
function isMutation({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}

function isJson(request: FastifyRequest): boolean {
  return /^application\/json *(;|$)/i.test(request.headers['content-type'] ?? '');
}

function answerError(
  report: HttpServerOptions['report'],
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { status, error, unexpected } = answerFor(thrown);
  if (unexpected) report(thrown, `${request.method} ${pathOf(request.raw)}`);
  reply.code(status).headers(apiHeaders).type('application/json').send(errorBody(error));
}

/** What is no HTTP request at all, or is over the limits: answered on the bare socket. */
function answerBrokenRequest(code: string | undefined, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, text, error } = brokenRequest(code);
  const body = errorBody(error);
  const head = [
    `HTTP/1.1 ${status} ${text}`,
    ...Object.entries(apiHeaders).map(([name, value]) => `${name}: ${value}`),
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function brokenRequest(code: string | undefined) {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, text: 'Request Header Fields Too Large', error: badRequest('The headers are too large.') };
    case 'ERR_HTTP_REQUEST_TIMEOUT': {
      const error = new HoldfastError('timeout', 'The request took too long to arrive.');
      return { status: 408, text: 'Request Timeout', error };
    }
    default:
      return { status: 400, text: 'Bad Request', error: badRequest('This is not a valid HTTP request.') };
  }
}

/** Aborted when the caller goes away before it was answered. */
export function callerSignal(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const abort = new AbortController();
  const { raw } = reply;
  raw.once('close', () => {
    if (raw.writableFinished) return;
    abort.abort(new HoldfastError('cancelled', `The caller of ${request.method} ${pathOf(request.raw)} went away.`));
  });
  return abort.signal;
}
