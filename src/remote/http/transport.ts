/**
 * One HTTP exchange with a server, over node:http and node:https.
 *
 * Not by `fetch`: Node's has no setting for the connect timeout and for certificate authorities, does not tell whether a request
 * left the machine before it failed, and unpacks bodies, which resuming a download by Range must not. node:https has all of it.
 *
 * Guarantees: connecting, waiting for the answer, and every pause within its body end after their timeouts; nothing is
 * followed, repeated or unpacked here; a cancelled exchange rejects with `signal.reason`. Requests that must not be sent twice get
 * a connection of their own: one that was kept open may be closed by the server just as it is used again.
 */
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import { onAbort } from '../../base/on-abort.ts';
import { requireAllowed } from './base-url.ts';
import { connectionError, timeoutError } from './connection-errors.ts';
import { Watchdog } from './watchdog.ts';

export interface Timeouts {
  /** Name lookup, TCP and TLS together. Default 20 s. */
  readonly connectMs: number;
  /** From the request to the head of its answer. Default 60 s. */
  readonly headersMs: number;
  /** Without a byte of the body. Default 60 s. */
  readonly stallMs: number;
}

export interface TransportOptions {
  readonly clock: Clock;
  /** A float in [0, 1). */
  readonly random: () => number;
  readonly userAgent: string;
  readonly timeouts?: Partial<Timeouts>;
  /** Plain http to other machines too. Default false. */
  readonly allowInsecure?: boolean;
  /** Certificate authorities as PEM, in place of the system's. */
  readonly ca?: string | readonly string[];
}

export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** It may be sent over a connection that was kept open. */
  readonly repeatable: boolean;
}

export interface Incoming {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Read it (once), or `discard` it. Throws `network` for a body that breaks off before its end, `timeout` for one that stalls. */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
}

const defaultTimeouts: Timeouts = { connectMs: 20_000, headersMs: 60_000, stallMs: 60_000 };
/** Node tries the next address of a name after 250 ms by default: too short for a far server. */
const nextAddressMs = 2_000;
const idleConnectionMs = 4_000;

export class Transport {
  readonly clock: Clock;
  readonly random: () => number;
  readonly allowInsecure: boolean;
  readonly #timeouts: Timeouts;
  readonly #userAgent: string;
  readonly #ca: string[] | undefined;
  /** Free connections do not keep the process alive, and end after some seconds. */
  readonly #http = new HttpAgent({ keepAlive: true, timeout: idleConnectionMs });
  readonly #https = new HttpsAgent({ keepAlive: true, timeout: idleConnectionMs });

  constructor(options: TransportOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.allowInsecure = options.allowInsecure ?? false;
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.#userAgent = options.userAgent;
    this.#ca = options.ca === undefined ? undefined : [options.ca].flat();
  }

  /**
   * Resolves with the head of the answer, whatever its status.
   *
   * @throws HoldfastError `network`, `timeout`, `unsupported` (no HTTP), `invalid-input` (an address that is not allowed);
   *   `context.requestSent` is false where the request surely was not sent
   */
  async send(outgoing: Outgoing, signal: AbortSignal): Promise<Incoming> {
    signal.throwIfAborted();
    requireAllowed(outgoing.url, this.allowInsecure);
    const request = this.#open(outgoing);
    const state = { url: outgoing.url, requestSent: false };
    using _ = onAbort(signal, () => request.destroy());
    try {
      const response = await this.#answerOf(request, outgoing.body, state);
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: this.#bodyOf(response, state.url, signal),
        discard: () => response.destroy(),
      };
    } catch (error) {
      signal.throwIfAborted();
      throw connectionError(error, state);
    }
  }

  #open({ method, url, headers, body, repeatable }: Outgoing): ClientRequest {
    const isSecure = url.protocol === 'https:';
    const length =
      body === undefined ? (method === 'GET' || method === 'HEAD' ? undefined : 0) : Buffer.byteLength(body);
    const options = {
      method,
      headers: {
        'user-agent': this.#userAgent,
        'accept-encoding': 'identity',
        ...headers,
        ...(length === undefined ? {} : { 'content-length': String(length) }),
      },
      agent: repeatable ? (isSecure ? this.#https : this.#http) : (false as const),
      autoSelectFamilyAttemptTimeout: nextAddressMs,
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
    };
    try {
      return isSecure ? httpsRequest(url, options) : httpRequest(url, options);
    } catch {
      // Node refuses characters in headers that HTTP cannot carry; its message may quote them.
      throw new HoldfastError('invalid-input', 'The credential or a header has characters that HTTP cannot carry.', {
        hint: 'Enter the credential again, without line breaks.',
      });
    }
  }

  async #answerOf(
    request: ClientRequest,
    body: string | undefined,
    state: { readonly url: URL; requestSent: boolean },
  ): Promise<IncomingMessage> {
    const { connectMs, headersMs } = this.#timeouts;
    using watchdog = new Watchdog(this.clock);
    const answered = Promise.withResolvers<IncomingMessage>();
    const late = (what: string, ms: number) => watchdog.arm(ms, () => request.destroy(timeoutError(what, ms, state)));
    const connected = () => {
      state.requestSent = true;
      late('answer', headersMs);
    };
    request.on('error', answered.reject);
    request.on('close', () => answered.reject(new Error('closed')));
    request.on('response', (response) => {
      response.on('error', () => undefined); // who reads the body hears of it
      answered.resolve(response);
    });
    request.on('socket', (socket) => {
      if (request.reusedSocket) connected();
      else socket.once(state.url.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
    });
    late('connection', connectMs);
    request.end(body);
    return await answered.promise;
  }

  async *#bodyOf(response: IncomingMessage, url: URL, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { stallMs } = this.#timeouts;
    using watchdog = new Watchdog(this.clock);
    using _ = onAbort(signal, () => response.destroy());
    const stalled = () => response.destroy(timeoutError('more of its answer', stallMs, { url, requestSent: true }));
    const chunks: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]();
    try {
      for (;;) {
        // Only waiting for the server counts, not the time that the reader takes.
        watchdog.arm(stallMs, stalled);
        const { value, done } = await chunks.next();
        watchdog.disarm();
        if (done === true) break;
        yield value;
      }
      // A body that was destroyed from within ends quietly.
      signal.throwIfAborted();
      if (!response.complete) throw new Error('The body broke off');
    } catch (error) {
      signal.throwIfAborted();
      throw connectionError(error, { url, requestSent: true });
    } finally {
      if (!response.complete) response.destroy();
    }
  }
}
