/**
 * A proxy before a server that fails at listings, or lies about them; everything else goes through. What a listing looks like is its
 * protocol's: restic's REST protocol here, S3's in s3-listing-liar.ts.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RawAnswer, sendRaw } from './raw-answer.ts';

/** A way to spoil a listing, or a page of it. */
export interface Lie {
  readonly name: string;
  /** Nobody may take what comes for a whole listing. */
  readonly isBroken: boolean;
  spoil(truth: Listing): RawAnswer | Promise<RawAnswer>;
}

/** What the server answers. */
export interface Listing {
  readonly url: string;
  readonly type: string;
  readonly body: Buffer;
}

export interface ListingLiar extends AsyncDisposable {
  readonly port: number;
  readonly lies: readonly Lie[];
  /** Removals that were asked for, but for those of locks; may be emptied. */
  readonly deletes: string[];
  /** From now on, about listings of this folder ("data", "index", "keys", "locks", "snapshots"); `times` listings (all). */
  lie(folder: string, lie: Lie, times?: number): void;
  tellTheTruth(): void;
}

export interface ListingProtocol {
  readonly lies: readonly Lie[];
  /** Whose listing a GET of this address is, if it is one; and whether it begins there. */
  listingOf(url: string): { readonly folder: string; readonly isFirst: boolean } | undefined;
  /** What the server says to that. */
  ask(incoming: IncomingMessage): Promise<Listing>;
  /** A name that is only in lies: removing it removes nothing. */
  readonly madeUp?: string;
}

/** Of any protocol. */
export const brokenLies: readonly Lie[] = [
  { name: 'refused', isBroken: true, spoil: () => ({ status: 500, body: 'out of order' }) },
  { name: 'no body', isBroken: true, spoil: ({ type }) => answerOf(type, '') },
  { name: 'cut', isBroken: true, spoil: ({ type, body }) => ({ ...answerOf(type, body), fault: 'truncated' }) },
  { name: 'half of the bytes', isBroken: true, spoil: ({ type, body }) => answerOf(type, half(body)) },
];

/** @param port of the server */
export async function startListingLiar(port: number): Promise<ListingLiar> {
  const lies: Lie[] = [
    ...brokenLies,
    { name: 'empty', isBroken: false, spoil: ({ type }) => answerOf(type, '[]') },
    {
      name: 'half of the entries',
      isBroken: false,
      spoil: ({ type, body }) => answerOf(type, JSON.stringify(half(JSON.parse(body.toString()) as unknown[]))),
    },
  ];
  return await startLiar(port, {
    lies,
    listingOf: (url) => {
      const folder = /\/([a-z]+)\/$/.exec(url)?.[1];
      return folder === undefined ? undefined : { folder, isFirst: true };
    },
    ask: async (incoming) => {
      const { headers, url = '/' } = incoming;
      const [upstream] = (await once(request({ host: '127.0.0.1', port, path: url, headers }).end(), 'response')) as [
        IncomingMessage,
      ];
      const body = Buffer.concat(await Array.fromAsync(upstream as AsyncIterable<Buffer>));
      return { url, type: upstream.headers['content-type'] ?? 'application/octet-stream', body };
    },
  });
}

/** @param port of the server */
export async function startLiar(port: number, protocol: ListingProtocol): Promise<ListingLiar> {
  const deletes: string[] = [];
  let about: { readonly folder: string; readonly lie: Lie; left: number } | undefined;

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url = '/' } = incoming;
    const isMadeUp = protocol.madeUp !== undefined && url.endsWith(protocol.madeUp);
    if (method === 'DELETE' && !url.includes('/locks/') && !isMadeUp) deletes.push(url);
    const listing = method === 'GET' ? protocol.listingOf(url) : undefined;
    if (listing === undefined) return passOn(port, incoming, response);
    const truth = await protocol.ask(incoming);
    if (about?.folder !== listing.folder) return await sendRaw(response, answerOf(truth.type, truth.body));
    if (listing.isFirst) about.left--;
    const lies = about.left >= 0;
    await sendRaw(response, lies ? await about.lie.spoil(truth) : answerOf(truth.type, truth.body));
  };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lies: protocol.lies,
    deletes,
    lie: (folder, lie, times = Number.POSITIVE_INFINITY) => {
      about = { folder, lie, left: times };
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

function passOn(port: number, incoming: IncomingMessage, response: ServerResponse): void {
  const { method, url = '/', headers } = incoming;
  const outgoing = request({ host: '127.0.0.1', port, method, path: url, headers }, (upstream) => {
    response.writeHead(upstream.statusCode ?? 500, upstream.headers);
    upstream.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
}

export function answerOf(type: string, body: string | Uint8Array): RawAnswer {
  return { headers: { 'Content-Type': type }, body };
}

function half<T extends { readonly length: number; slice(from: number, to: number): T }>(whole: T): T {
  return whole.slice(0, whole.length >> 1);
}
