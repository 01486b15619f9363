/**
 * A proxy of TCP before a server, on a port of its own, that can hold back what the server answers: half a download hangs there for
 * as long as a test wants.
 */
import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net';

export interface HoldingProxy extends AsyncDisposable {
  /** Of the server, by way of the proxy. */
  readonly url: string;
  /** Bytes of answers that went through. */
  readonly answered: number;
  /** From now on, nothing of an answer goes through after so many bytes more. */
  holdAfter(bytes: number): void;
  /** Resolves when something is held back. */
  readonly held: Promise<void>;
  /** Everything goes through again; what hung is cut off. */
  release(): void;
}

/** @param port of the server, asked for at each connection: the server may start after this */
export async function holdingProxy(port: () => number): Promise<HoldingProxy> {
  const sockets = new Set<Socket>();
  let answered = 0;
  let left = Number.POSITIVE_INFINITY;
  let held = Promise.withResolvers<void>();
  const server = createServer((client) => {
    const upstream = connectTo(port(), '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk: Buffer) => {
      const passed = chunk.subarray(0, Math.max(0, left));
      left -= passed.length;
      answered += passed.length;
      if (passed.length < chunk.length) {
        upstream.pause();
        held.resolve();
      }
      if (passed.length > 0 && !client.write(passed)) {
        upstream.pause();
        client.once('drain', () => left > 0 && upstream.resume());
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get answered() {
      return answered;
    },
    get held() {
      return held.promise;
    },
    holdAfter(bytes) {
      held = Promise.withResolvers();
      left = bytes;
    },
    release() {
      left = Number.POSITIVE_INFINITY;
      for (const socket of sockets) if (socket.isPaused()) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
