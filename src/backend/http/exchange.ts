/**
 * One HTTP request and its answer, watched over: it ends by an answer, an error in words, a stall, or the caller's signal.
 *
 *   socket ─► connected (in time) ─► headers and body go out ─► answer's head ─► its body, read by Answer
 *            └── from here on a stall is: nothing moved in either direction for `stallMs`, while somebody waits for it
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { systemCode } from '../../base/errors.ts';
import { onAbort } from '../../base/on-abort.ts';
import type { SharedLimits } from '../limits.ts';
import { notConnected, stalled, transportError } from './transport-error.ts';

/** What is sent, in pieces small enough that each that goes out is a sign of life on a slow line. */
export interface Body {
  readonly sizeBytes: number;
  pieces(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const pieceBytes = 128 * 1024;

export function bodyOf(bytes: Uint8Array): Body {
  return {
    sizeBytes: bytes.length,
    *pieces() {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
  };
}

export interface ExchangeOptions {
  /** Makes the request, without sending it. */
  readonly start: (options: RequestOptions) => ClientRequest;
  readonly request: RequestOptions;
  readonly body?: Body;
  readonly limits: SharedLimits;
  readonly signal: AbortSignal;
  readonly stallMs: number;
  readonly connectMs: number;
  /** For errors: "read data/0a…", and the host with its port. */
  readonly doing: string;
  readonly host: string;
}

export class Exchange implements Disposable {
  readonly #options: ExchangeOptions;
  readonly #request: ClientRequest;
  readonly #abort: Disposable;
  #cause: Error | undefined;
  #response: IncomingMessage | undefined;
  #connectTimer: NodeJS.Timeout | undefined;
  /** False while the reader is busy with what came: the server's silence is then no stall. */
  waiting = true;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#request = options.start(options.request);
    this.#request.on('error', () => this.#connected());
    this.#request.once('socket', (socket: Socket) => this.#watchConnecting(socket));
    this.#request.setTimeout(options.stallMs);
    this.#request.on('timeout', () => this.#silent());
    this.#abort = onAbort(options.signal, () => this.destroy());
  }

  /** Counts what came; waits until more may come. */
  received(bytes: number): Promise<void> | undefined {
    const { limits, signal } = this.#options;
    return limits.take('down', bytes, signal);
  }

  get method(): string {
    return this.#options.request.method ?? 'GET';
  }

  /** It went out on a kept connection that the server had closed meanwhile: nobody saw it, as far as one can tell. */
  isStale(error: unknown): boolean {
    return (
      this.#request.reusedSocket &&
      this.#response === undefined &&
      this.#cause === undefined &&
      ['ECONNRESET', 'EPIPE'].includes(systemCode(error) ?? '')
    );
  }

  /** Sends it all and waits for the head of the answer, which may come before all is sent. Rejects with raw errors: see `explain`. */
  async answer(): Promise<IncomingMessage> {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      this.#request.once('response', (response) => {
        this.#response = response;
        response.on('error', () => undefined); // told to whoever reads it
        resolve(response);
      });
      this.#request.once('error', reject);
      this.#request.once('close', () => this.#response === undefined && reject(cutOff()));
    });
    const { body } = this.#options;
    if (body === undefined) this.#request.end();
    else this.#send(body).catch((error: unknown) => this.destroy(error as Error)); // of reading what is sent
    return await answered;
  }

  /** The error to throw for what Node says of the request or its answer: the caller's reason, a stall, or words. */
  explain(error: unknown): unknown {
    const { signal, doing, host } = this.#options;
    return signal.aborted ? signal.reason : transportError(this.#cause ?? error, doing, host);
  }

  /** Ends the connection. */
  destroy(cause?: Error): void {
    this.#cause ??= cause;
    this.#connected();
    this.#request.destroy(); // with an error, a connection that is free again would throw it at nobody
  }

  /** The caller's signal matters no more. */
  [Symbol.dispose](): void {
    this.#connected();
    this.#abort[Symbol.dispose]();
  }

  async #send(body: Body): Promise<void> {
    const request = this.#request;
    for await (const piece of this.#paced(body)) {
      if (this.#response !== undefined || request.destroyed) return; // what is left is of no use
      if (request.write(piece)) continue;
      await new Promise<void>((resolve) => {
        const go = () => {
          for (const event of ['drain', 'response', 'close']) request.off(event, go);
          resolve();
        };
        for (const event of ['drain', 'response', 'close']) request.on(event, go);
      });
    }
    request.end();
  }

  async *#paced(body: Body): AsyncGenerator<Uint8Array, void> {
    const { limits, signal } = this.#options;
    for await (const piece of body.pieces()) yield* limits.paced('up', piece, signal);
  }

  #watchConnecting(socket: Socket): void {
    if (!socket.connecting) return;
    const { connectMs, doing, host } = this.#options;
    this.#connectTimer = setTimeout(() => this.destroy(notConnected(doing, host)), connectMs);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => this.#connected());
  }

  #connected(): void {
    clearTimeout(this.#connectTimer);
  }

  #silent(): void {
    const { stallMs, doing, host } = this.#options;
    if (this.waiting) this.destroy(stalled(doing, host, stallMs));
    else this.#request.socket?.setTimeout(stallMs); // anew
  }
}

export function cutOff(): Error {
  return Object.assign(new Error('the connection was cut'), { code: 'ECONNRESET' });
}
