/**
 * Credentials on the wire: the guard that asks for them before every route, and the one route that needs none but its code.
 *
 * The cookie is HttpOnly (no script reads it), SameSite=Strict (no other site sends it) and named after the port, because
 * browsers keep the cookies of all ports of a host together and two agents may run.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type HoldfastError, isHoldfastError } from '../base/errors.ts';
import type { Credentials } from './credentials.ts';
import { statusOf } from './error-answer.ts';
import { type Guard, pathOf, type Refusal, refuse } from './guard.ts';

const loginPath = '/login';

/** Refuses with 401 or 429 whoever shows no good credential. Only the login itself passes without. */
export function credentialGuard(credentials: Credentials): Guard {
  return (request) => {
    if (pathOf(request) === loginPath && request.method === 'GET') return undefined;
    const error = credentials.check({ bearer: bearerOf(request), session: sessionOf(request) });
    return error === undefined ? undefined : refusalOf(error);
  };
}

/** `GET /login?code=…`: begins a session, once a code, and goes on to `/`. */
export function addLogin(server: FastifyInstance, credentials: Credentials): void {
  server.get<{ Querystring: { readonly code?: unknown } }>(loginPath, { exposeHeadRoute: false }, (request, reply) => {
    const { code } = request.query;
    const login = credentials.redeem(typeof code === 'string' ? code : '');
    if ('refused' in login) {
      reply.hijack();
      refuse(request.raw, reply.raw, refusalOf(login.refused));
      return;
    }
    const cookie = `${cookieName(request.raw)}=${login.session}; HttpOnly; SameSite=Strict; Path=/`;
    reply.header('set-cookie', cookie).redirect('/', 303);
  });
}

function refusalOf(error: HoldfastError): Refusal {
  const headers: Record<string, string> = {};
  if (isHoldfastError(error, 'unauthenticated')) headers['www-authenticate'] = 'Bearer';
  const { retryAfterSeconds } = error.context;
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  return { status: statusOf(error.code), error, headers };
}

function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
}

function sessionOf(request: IncomingMessage): string | undefined {
  const name = cookieName(request);
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = pair.trim().split('=', 2);
    if (key === name) return value;
  }
  return undefined;
}

function cookieName(request: IncomingMessage): string {
  return `holdfast-${request.socket.localPort}`;
}
