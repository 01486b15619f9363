/** Talks HTTP with one server over connections that are kept, made when they are needed. Knows nothing of repositories. */
import http from 'node:http';
import https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { SharedLimits } from '../limits.ts';
import { PlainAgent, TlsAgent } from './agents.ts';
import { Answer } from './answer.ts';
import { type Body, Exchange } from './exchange.ts';
import type { TlsSettings } from './tls-settings.ts';

export interface HttpConnectionOptions {
  /** With a slash at its end, and without user and password: it is shown. */
  readonly url: URL;
  /** Sent with every question. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Asked once, for https. */
  readonly tls: () => Promise<TlsSettings>;
  /** How many requests are under way at once; more wait. */
  readonly atOnce: number;
  readonly limits: SharedLimits;
  readonly stallMs: number;
  readonly connectMs: number;
}

export interface Question {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Below the address: "data/0a…", "?create=true". */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** For errors: "read data/0a…". */
  readonly doing: string;
}

interface Agents {
  readonly kept: http.Agent;
  /** Makes a connection for each request. */
  readonly fresh: http.Agent;
}

export class HttpConnection implements AsyncDisposable {
  readonly #options: HttpConnectionOptions;
  #agents: Promise<Agents> | undefined;

  constructor(options: HttpConnectionOptions) {
    this.#options = options;
  }

  /**
   * Asks, whatever the status of the answer. A kept connection that the server had closed meanwhile is replaced by a new one; but for
   * uploads, of which nobody can tell how far they came.
   *
   * @throws `network`, `timeout`, `permission`, `invalid-input` (certificate files), `signal.reason`
   */
  async ask(question: Question, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const { kept, fresh } = await this.#agentsOf();
    const first = this.#exchange(question, kept, signal);
    try {
      return await this.#answerOf(first);
    } catch (error) {
      if (question.method === 'POST' || question.method === 'PUT' || signal.aborted || !first.isStale(error))
        throw first.explain(error);
    }
    const second = this.#exchange(question, fresh, signal);
    try {
      return await this.#answerOf(second);
    } catch (error) {
      throw second.explain(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const agents = await this.#agents?.catch(() => undefined);
    this.#agents = undefined;
    agents?.kept.destroy();
    agents?.fresh.destroy();
  }

  async #answerOf(exchange: Exchange): Promise<Answer> {
    try {
      return new Answer(await exchange.answer(), exchange, this.#options.url);
    } catch (error) {
      exchange[Symbol.dispose]();
      throw error;
    }
  }

  #exchange({ method, path, headers, body, doing }: Question, agent: http.Agent, signal: AbortSignal): Exchange {
    const { url, limits, stallMs, connectMs } = this.#options;
    const start = url.protocol === 'https:' ? https.request : http.request;
    return new Exchange({
      start: (options) => start(options),
      request: {
        ...urlToHttpOptions(url),
        path: `${url.pathname}${path}`,
        method,
        agent,
        headers: {
          'user-agent': 'holdfast',
          'accept-encoding': 'identity',
          ...this.#options.headers,
          ...(body === undefined
            ? method === 'POST' && { 'content-length': 0 }
            : { 'content-type': 'application/octet-stream', 'content-length': body.sizeBytes }),
          ...headers,
        },
      },
      ...(body === undefined ? {} : { body }),
      limits,
      signal,
      stallMs,
      connectMs,
      doing,
      host: url.host,
    });
  }

  #agentsOf(): Promise<Agents> {
    this.#agents ??= this.#makeAgents();
    const agents = this.#agents;
    agents.catch(() => {
      if (this.#agents === agents) this.#agents = undefined;
    });
    return agents;
  }

  async #makeAgents(): Promise<Agents> {
    const { url, atOnce, tls } = this.#options;
    const options = { keepAlive: true, maxSockets: atOnce, scheduling: 'lifo' as const };
    if (url.protocol === 'http:') return { kept: new PlainAgent(options), fresh: new PlainAgent() };
    const settings = await tls();
    return { kept: new TlsAgent({ ...options, ...settings }), fresh: new TlsAgent(settings) };
  }
}
