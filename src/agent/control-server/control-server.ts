/**
 * The control server, put together: guards, login, the contract's methods, the stream of events, the document of the API,
 * and the pages of the window.
 *
 * It is for 127.0.0.1 only: `await server.listen({ host: '127.0.0.1', port })`. Close the hub with it.
 */
import type { FastifyInstance } from 'fastify';
import type { Contract, EventsOf } from '../../control/contract-types.ts';
import type { Credentials } from '../../http/credentials.ts';
import type { EventHub } from '../../http/event-stream.ts';
import { hostAndOrigin } from '../../http/host-origin.ts';
import { createHttpServer, type HttpServerOptions } from '../../http/http-server.ts';
import { addLogin, credentialGuard } from '../../http/login.ts';
import { addStaticFiles } from '../../http/static-files.ts';
import { type HandlersOf, mountContract } from './mount.ts';
import { openApiDocument } from './openapi.ts';

export interface ControlServerOptions<C extends Contract> extends Omit<HttpServerOptions, 'guards'> {
  readonly contract: C;
  readonly handlers: HandlersOf<C>;
  readonly events: EventHub<EventsOf<C>>;
  readonly credentials: Credentials;
  /** The built window; need not be there. */
  readonly rendererFolder: string;
  /** Answers are checked by their schemas: for tests and development. */
  readonly checkAnswers: boolean;
}

export function createControlServer<C extends Contract>(options: ControlServerOptions<C>): FastifyInstance {
  const { contract, handlers, events, credentials, rendererFolder, checkAnswers, ...http } = options;
  const server = createHttpServer({ ...http, guards: [hostAndOrigin, credentialGuard(credentials)] });
  addLogin(server, credentials);
  mountContract(server, contract, handlers, { checkAnswers, report: http.report });
  server.get('/api/events', { exposeHeadRoute: false }, (request, reply) => {
    const lastEventId = request.headers['last-event-id'];
    events.listen(reply.raw, typeof lastEventId === 'string' ? lastEventId : undefined);
    reply.hijack();
  });
  const document = JSON.stringify(openApiDocument(contract));
  server.get('/api/openapi.json', (_request, reply) => {
    reply.type('application/json; charset=utf-8').send(document);
  });
  addStaticFiles(server, rendererFolder);
  return server;
}
