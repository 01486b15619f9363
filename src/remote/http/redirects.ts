/**
 * Where a redirect may lead: what is sent along, and what is refused.
 *
 * Guarantees: at most 5 in a row; what identifies the user goes to the origin (scheme, host, port) it was meant for, and to no other;
 * never from https to http; a request that changes something is sent again only where 307 or 308 says so, to the same origin.
 */
import { HoldfastError } from '../../base/errors.ts';
import { requireAllowed } from './base-url.ts';
import type { Incoming, Outgoing, Transport } from './transport.ts';

export interface Followed {
  readonly answer: Incoming;
  /** Who answered in the end. */
  readonly url: URL;
}

const most = 5;
const statuses = new Set([301, 302, 303, 307, 308]);
/** What may go to another origin. */
const harmless = new Set(['accept', 'range', 'if-range']);

/** Sends, and follows. Throws what `Transport.send` throws, and `unsupported` for a redirect that is not followed. */
export async function sendFollowing(transport: Transport, first: Outgoing, signal: AbortSignal): Promise<Followed> {
  let outgoing = first;
  for (let followed = 0; ; followed++) {
    const answer = await transport.send(outgoing, signal);
    const { location } = answer.headers;
    if (!statuses.has(answer.status) || location === undefined) return { answer, url: outgoing.url };
    answer.discard();
    if (followed === most) throw refusal(outgoing, 'more than 5 times', 'Check the address of the remote.');
    outgoing = next(outgoing, answer.status, location, transport.allowInsecure);
  }
}

function next(outgoing: Outgoing, status: number, location: string, allowInsecure: boolean): Outgoing {
  const { url: from, method, headers } = outgoing;
  const url = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (url === undefined) throw refusal(outgoing, 'to something that is no address', 'Check the address of the remote.');
  const isSameOrigin = url.origin === from.origin;
  const use = `If you trust it, use ${url.origin} in the address of the remote.`;
  if (from.protocol === 'https:' && url.protocol !== 'https:') {
    throw refusal(outgoing, 'to an address that is not encrypted', 'Ask who runs the server.');
  }
  requireAllowed(url, allowInsecure);
  const isRead = method === 'GET' || method === 'HEAD';
  if (!isRead && (!isSameOrigin || (status !== 307 && status !== 308)))
    throw refusal(outgoing, `to ${url.origin}`, use);
  if (isSameOrigin) return { ...outgoing, url };
  const { body: _, ...rest } = outgoing;
  return {
    ...rest,
    url,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => harmless.has(name.toLowerCase()))),
  };
}

function refusal({ url, method }: Outgoing, where: string, hint: string): HoldfastError {
  return new HoldfastError('unsupported', `${url.host} leads a ${method} on ${where}, which is not followed.`, {
    hint,
    context: { host: url.host, method },
  });
}
