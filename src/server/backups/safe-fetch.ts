/**
 * Fetches from an address that somebody else gave (server-side request forgery, OWASP): only http and https, only public addresses
 * unless the configuration allows the host.
 *
 *   resolve once ─► every address public? ─► connect to one of these very addresses ─► a redirect begins anew, five at most
 *
 * Guarantees: the address that was checked is the one that is connected to, whatever the name resolves to a moment later; bytes and
 * time are bounded; nothing of ours (no credential, no cookie) is sent.
 */
import { lookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { HoldfastError, messageOf } from '../../base/errors.ts';
import { isPublicAddress } from './public-address.ts';

export interface SafeFetchOptions {
  /** Hosts ("name" or "name:port") that may be private. */
  readonly allowHosts: readonly string[];
  readonly mostBytes: number;
  readonly mostMs: number;
  readonly signal: AbortSignal;
  /** All addresses of a name; the system's resolver unless given. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** Disposing ends the connection, read or not. */
export interface Fetched extends AsyncDisposable {
  /** Of the last redirect. */
  readonly url: URL;
  /** Throws `network` for one that breaks off, `no-space` for one that is too large, `timeout`. */
  readonly content: AsyncIterable<Uint8Array>;
}

const mostRedirects = 5;
const stallMs = 60_000;

/** @throws `invalid-input` for an address that is none or not public; `network`, `timeout`; `not-found` and its like by the status */
export async function safeFetch(text: string, options: SafeFetchOptions): Promise<Fetched> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.mostMs)]);
  try {
    let url = parse(text);
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const answer = await get(url, await addressFor(url, options), signal);
      const { statusCode = 0, headers } = answer;
      if (statusCode === 200) {
        const content = bounded(answer, options, signal);
        return { url, content, [Symbol.asyncDispose]: async () => void answer.destroy() };
      }
      answer.destroy();
      if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined)
        throw refusedBy(url, statusCode);
      url = parse(headers.location, url);
    }
    throw new HoldfastError('invalid-input', `${text} leads from one address to the next.`);
  } catch (error) {
    throw explained(error, signal, options.signal, text);
  }
}

function parse(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base?.href) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url === undefined || !isHttp || url.hostname === '') throw refused('It is no http or https address.');
  if (url.username !== '' || url.password !== '') throw refused('It holds a user name or a password.');
  return url;
}

/** The address to connect to. */
async function addressFor(url: URL, options: SafeFetchOptions): Promise<string> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) === 0 ? await resolveAll(host, options) : [host];
  const isAllowed = options.allowHosts.some((allowed) => allowed === host || allowed === url.host);
  if (!isAllowed && !addresses.every(isPublicAddress)) throw refused(`${host} is no public address.`);
  return addresses[0]!;
}

async function resolveAll(host: string, { resolve = systemResolve }: SafeFetchOptions): Promise<readonly string[]> {
  const addresses = await resolve(host).catch(() => []);
  if (addresses.length === 0) throw new HoldfastError('network', `There is no host ${host}.`);
  return addresses;
}

async function systemResolve(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function get(url: URL, address: string, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const family = isIP(address);
    const sent = request(url, {
      agent: false,
      signal,
      headers: { 'user-agent': 'holdfast', 'accept-encoding': 'identity' },
      // The name is not resolved again; Host and TLS still see it.
      lookup: (_host, options, done) => {
        if (typeof options === 'object' && options.all === true)
          (done as unknown as (e: null, a: object[]) => void)(null, [{ address, family }]);
        else done(null, address, family);
      },
    });
    sent.setTimeout(stallMs, () => sent.destroy(new HoldfastError('timeout', 'Nothing came any more.')));
    sent.once('error', reject);
    sent.once('response', resolve);
    sent.end();
  });
}

async function* bounded(
  answer: IncomingMessage,
  { mostBytes, signal: asked }: SafeFetchOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      bytes += chunk.length;
      if (bytes > mostBytes)
        throw new HoldfastError('no-space', `It is larger than the ${mostBytes} bytes that are allowed.`);
      yield chunk;
    }
    if (!answer.complete) throw new HoldfastError('network', 'It broke off.');
  } catch (error) {
    throw explained(error, signal, asked, 'The address');
  } finally {
    answer.destroy();
  }
}

/** @param signal of the time limit and of the caller; @param asked of the caller alone */
function explained(error: unknown, signal: AbortSignal, asked: AbortSignal, what: string): unknown {
  asked.throwIfAborted();
  if (error instanceof HoldfastError) return error;
  if (signal.aborted) return new HoldfastError('timeout', 'It took too long.');
  return new HoldfastError('network', `${hostOf(what)} cannot be read: ${messageOf(error)}`, { retry: 'backoff' });
}

/** Queries hold signatures. */
function hostOf(text: string): string {
  return URL.canParse(text) ? new URL(text).host : text;
}

function refused(why: string): HoldfastError {
  return new HoldfastError('invalid-input', `This address is not fetched: ${why}`, {
    hint: 'Give a public http or https address.',
  });
}

function refusedBy(url: URL, status: number): HoldfastError {
  const code =
    status === 404 || status === 410 ? 'not-found' : status === 401 || status === 403 ? 'permission' : 'network';
  return new HoldfastError(code, `${url.host} answers with status ${status}.`);
}
