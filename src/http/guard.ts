/**
 * What stands before the routes: guards look at each request before anything of it is routed or read, and the first that
 * refuses ends it. So nothing is reachable around them: not a route that somebody adds later, not an error page.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HoldfastError } from '../base/errors.ts';
import { apiHeaders, pageHeaders } from '../base/security-headers.ts';
import { errorBody } from './error-answer.ts';
import { plainPage } from './plain-page.ts';

export interface Refusal {
  readonly status: number;
  readonly error: HoldfastError;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Undefined lets the request pass to the next guard. Must not read the body, and must not throw. */
export type Guard = (request: IncomingMessage) => Refusal | undefined;

/** Answers a refused request: with a page where a person navigates in a browser, else as the API answers errors. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const isPage = request.method === 'GET' && !isApi(request) && (request.headers.accept ?? '').includes('text/html');
  const body = isPage ? plainPage(refusal.error.message, refusal.error.hint) : errorBody(refusal.error);
  response.writeHead(refusal.status, {
    ...(isPage ? pageHeaders : apiHeaders),
    'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    // Whatever body the request has is not read.
    connection: 'close',
    ...refusal.headers,
  });
  response.end(body);
}

/** The path of a request, without its query; "" when it has none that can be read. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '';
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

function isApi(request: IncomingMessage): boolean {
  return pathOf(request).startsWith('/api/');
}
