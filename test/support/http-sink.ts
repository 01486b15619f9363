/** A web service on loopback that keeps what it is sent. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** @param status that it answers with */
export async function httpSink(status = 200) {
  const received: Received[] = [];
  let wake = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push({ url: request.url ?? '', headers: request.headers, body });
    response.writeHead(status).end('thanks');
    wake.resolve();
    wake = Promise.withResolvers();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // It listens on a port, so the address is one.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    /** The first that fits, once it is there. */
    until: async (fits: (one: Received) => boolean): Promise<Received> => {
      for (;;) {
        const found = received.find(fits);
        if (found !== undefined) return found;
        await wake.promise;
      }
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
