/** The answer to a request: its status and headers, and its body read with a limit. Disposed of, its connection is free again. */
import type { IncomingMessage } from 'node:http';
import { cutOff, type Exchange } from './exchange.ts';

/** So much of a body that nobody wants is read to keep the connection; for more a new one is cheaper. */
const ignoredBytes = 64 * 1024;
const textBytes = 4096;

export class Answer implements Disposable {
  readonly status: number;
  /** Of the repository. */
  readonly url: URL;
  readonly #response: IncomingMessage;
  readonly #exchange: Exchange;
  #shortText: Promise<string> | undefined;

  constructor(response: IncomingMessage, exchange: Exchange, url: URL) {
    this.#response = response;
    this.#exchange = exchange;
    this.status = response.statusCode ?? 0;
    this.url = url;
  }

  get isOk(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** It is meant for people. */
  get isPage(): boolean {
    return /^text\/html\b/i.test(this.header('content-type') ?? '');
  }

  header(name: string): string | undefined {
    const value = this.#response.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** What Content-Length says; undefined where it says nothing. */
  get sizeBytes(): number | undefined {
    const text = this.header('content-length');
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  /**
   * The body, which has exactly so many bytes.
   *
   * @throws `network` if it has fewer or more
   */
  async bytes(length: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    await this.#consume((chunk) => {
      if (filled + chunk.length <= length) bytes.set(chunk, filled);
      filled += chunk.length;
      free(chunk);
      return filled <= length;
    });
    if (filled !== length) throw this.#exchange.explain(cutOff());
    return bytes;
  }

  /** The body, however long it is. */
  async allBytes(): Promise<Uint8Array> {
    if (this.sizeBytes !== undefined) return await this.bytes(this.sizeBytes);
    const chunks: Buffer[] = [];
    await this.#consume((chunk) => chunks.push(chunk) > 0);
    return Buffer.concat(chunks);
  }

  /** The beginning of the body, for people; empty where there is none. May be asked for again. */
  async shortText(): Promise<string> {
    if (this.#exchange.method === 'HEAD') return '';
    this.#shortText ??= this.#readShortText();
    return await this.#shortText;
  }

  async #readShortText(): Promise<string> {
    let text = '';
    try {
      await this.#consume((chunk) => {
        text += chunk.toString('utf8');
        return text.length < textBytes;
      });
    } catch {
      // The status says enough.
    }
    return text.slice(0, textBytes);
  }

  /** The body as it comes. What is left of it when its reader leaves is cut off. */
  async *chunks(): AsyncGenerator<Buffer, void> {
    const chunks = this.#response.iterator({ destroyOnReturn: true }) as AsyncIterator<Buffer>;
    try {
      for (;;) {
        this.#exchange.waiting = true;
        const step = await chunks.next();
        this.#exchange.waiting = false;
        if (step.done === true) break;
        await this.#exchange.received(step.value.length);
        yield step.value;
      }
      if (!this.#response.complete) throw cutOff();
    } catch (error) {
      throw this.#exchange.explain(error);
    } finally {
      await chunks.return?.();
    }
  }

  [Symbol.dispose](): void {
    const response = this.#response;
    const isShort = this.#exchange.method === 'HEAD' || (this.sizeBytes ?? ignoredBytes + 1) <= ignoredBytes;
    if (!response.complete && !isShort) response.destroy();
    else response.resume();
    this.#exchange[Symbol.dispose]();
  }

  /** @param take each chunk, to keep or to give back; false: no more is wanted, and the connection is cut */
  async #consume(take: (chunk: Buffer) => boolean): Promise<void> {
    const response = this.#response;
    try {
      await new Promise<void>((resolve, reject) => {
        response.on('data', (chunk: Buffer) => {
          const { length } = chunk; // it may be given back below
          if (!take(chunk)) {
            response.destroy();
            resolve();
            return;
          }
          const wait = this.#exchange.received(length);
          if (wait === undefined) return;
          response.pause();
          this.#exchange.waiting = false;
          wait.then(() => {
            this.#exchange.waiting = true;
            response.resume();
          }, reject);
        });
        response.once('end', () => (response.complete ? resolve() : reject(cutOff())));
        response.once('error', reject);
        response.once('close', () => response.complete || reject(cutOff()));
      });
    } catch (error) {
      throw this.#exchange.explain(error);
    }
  }
}

/** The HTTP parser makes a copy of each part of a body for whoever reads it: given back at once, instead of at the next garbage collection. */
function free({ buffer, length }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && length === buffer.byteLength) buffer.transfer(0);
}
