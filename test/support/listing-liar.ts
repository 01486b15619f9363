/** A proxy before a server of restic's REST protocol that fails at listings, or lies about them; everything else goes through. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `refused`: status 500. `no-body`: 200 and nothing. `empty`: 200 and an empty list. `cut`: the first half of the bytes, and the connection ends. `short`: a whole answer of which the second half is missing. */
export type Lie = 'refused' | 'no-body' | 'empty' | 'cut' | 'short';

export interface ListingLiar extends AsyncDisposable {
  readonly port: number;
  /** Removals that were asked for, but for those of locks; may be emptied. */
  readonly deletes: string[];
  /** From now on, about listings of this folder ("data", "index", "keys", "locks", "snapshots"). */
  lie(folder: string, how: Lie): void;
  tellTheTruth(): void;
}

/** @param port of the server */
export async function startListingLiar(port: number): Promise<ListingLiar> {
  const deletes: string[] = [];
  let about: { readonly folder: string; readonly how: Lie } | undefined;
  const server = createServer((incoming, answer) => {
    const { method, url = '/' } = incoming;
    if (method === 'DELETE' && !url.includes('/locks/')) deletes.push(url);
    const listing =
      method === 'GET' && about !== undefined && url.endsWith(`/${about.folder}/`) ? about.how : undefined;
    if (listing === 'refused') return void answer.writeHead(500).end('out of order');
    const outgoing = request({ host: '127.0.0.1', port, method, path: url, headers: incoming.headers }, (upstream) => {
      const type = upstream.headers['content-type'] ?? 'application/octet-stream';
      if (listing === undefined) {
        answer.writeHead(upstream.statusCode ?? 500, upstream.headers);
        upstream.pipe(answer);
        return;
      }
      const parts: Buffer[] = [];
      upstream.on('data', (part: Buffer) => parts.push(part));
      upstream.on('end', () => {
        const whole = Buffer.concat(parts);
        const half = whole.subarray(0, whole.length >> 1);
        if (listing === 'cut') {
          answer.writeHead(200, { 'content-type': type, 'content-length': whole.length });
          answer.write(half, () => answer.destroy());
          return;
        }
        answer.writeHead(200, { 'content-type': type });
        answer.end({ 'no-body': '', empty: '[]', short: half }[listing]);
      });
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    deletes,
    lie: (folder, how) => {
      about = { folder, how };
    },
    tellTheTruth: () => {
      about = undefined;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
