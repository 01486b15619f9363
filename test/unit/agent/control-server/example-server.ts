/** A real control server of the example contract, listening, with notes in memory. */
import type { AddressInfo } from 'node:net';
import { createControlServer } from '../../../../src/agent/control-server/control-server.ts';
import type { HandlersOf } from '../../../../src/agent/control-server/mount.ts';
import type { Clock } from '../../../../src/base/clock.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import { createClient } from '../../../../src/control/client.ts';
import type { EventsOf } from '../../../../src/control/contract-types.ts';
import { Credentials } from '../../../../src/http/credentials.ts';
import { EventHub, type EventHubOptions } from '../../../../src/http/event-stream.ts';
import type { HttpLimits } from '../../../../src/http/http-server.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { exampleContract } from '../../control/example-contract.ts';

export const token = 'example-token-0123456789abcdefghijklmnop';

type Handlers = HandlersOf<typeof exampleContract>;

export interface ExampleOptions {
  readonly notes?: Partial<Handlers['notes']>;
  readonly limits?: Partial<HttpLimits>;
  readonly rendererFolder?: string;
  readonly hub?: Partial<EventHubOptions>;
  readonly clock?: Clock;
  readonly port?: number;
}

/** What is to be ended by `await using`. */
export async function exampleServer(options: ExampleOptions = {}) {
  const clock = options.clock ?? new FakeClock();
  const credentials = new Credentials({ token, clock });
  const events = new EventHub<EventsOf<typeof exampleContract>>({ clock, ...options.hub });
  const reported: { readonly error: unknown; readonly request: string }[] = [];
  const routes: { readonly verb: string; readonly path: string }[] = [];
  const server = createControlServer({
    contract: exampleContract,
    handlers: { notes: { ...usualHandlers(), ...options.notes }, system: { stop: () => {} } },
    events,
    credentials,
    rendererFolder: options.rendererFolder ?? '/nowhere',
    checkAnswers: true,
    report: (error, request) => reported.push({ error, request }),
    onRoute: (verb, path) => routes.push({ verb, path }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  await server.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  // It listens on a port, so the address is one.
  const { port } = server.server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  return {
    baseUrl,
    port,
    credentials,
    events,
    reported,
    routes,
    dropConnections: () => server.server.closeAllConnections(),
    client: createClient(exampleContract, { baseUrl, token }),
    [Symbol.asyncDispose]: async () => {
      events.close();
      await server.close();
    },
  };
}

function usualHandlers(): Handlers['notes'] {
  const notes = new Map([['1', { id: '1', text: 'first', stars: 3 }]]);
  const find = (id: string) => {
    const note = notes.get(id);
    if (note === undefined) throw new HoldfastError('not-found', `There is no note ${id}.`, { context: { id } });
    return note;
  };
  return {
    list: ({ query }) => ({ notes: [...notes.values()], asked: query }),
    get: ({ params }) => find(params.id),
    add: ({ body }) => {
      const note = { id: String(notes.size + 1), ...body };
      notes.set(note.id, note);
      return note;
    },
    remove: ({ params }) => {
      notes.delete(find(params.id).id);
    },
    download: ({ params }) => ({
      mediaType: 'text/plain',
      fileName: "my 'note'.txt",
      body: (async function* () {
        yield find(params.id).text;
      })(),
    }),
  };
}
