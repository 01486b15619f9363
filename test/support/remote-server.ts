/** A real HTTP(S) server on loopback that a test scripts, and that keeps what it was asked. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Respond = (asked: Asked, response: ServerResponse, count: number) => unknown;

/** @param respond called with the whole request, and how many came before it */
export async function remoteServer(respond: Respond, tls?: { readonly key: string; readonly cert: string }) {
  const asked: Asked[] = [];
  const listener: RequestListener = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    try {
      for await (const chunk of request) body += String(chunk);
    } catch {
      return;
    }
    const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
    asked.push(one);
    await respond(one, response, asked.length - 1);
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // It listens on a port, so the address is one.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}
