/**
 * Results in bulk: lines of bytes, gathered so that a listing of a million names costs some hundred writes, not a million.
 *
 * Names stay byte-exact where a program reads them; on a terminal their control characters become visible.
 */
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { safeText } from './format-text.ts';
import type { Output } from './output.ts';

const chunkBytes = 64 * 1024;

export class ResultStream {
  readonly #output: Output;
  #lines: ByteString[] = [];
  #length = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Adds bytes as they are. Await the result: it waits where the reader is slower. */
  raw(bytes: ByteString): void | Promise<void> {
    this.#lines.push(bytes);
    this.#length += bytes.length;
    if (this.#length >= chunkBytes) return this.flush();
  }

  /** Adds a line of text for people, which may hold names from the repository. */
  line(text: ByteString): void | Promise<void> {
    return this.raw(process.stdout.isTTY === true ? `${terminalText(text)}\n` : `${text}\n`);
  }

  async flush(): Promise<void> {
    if (this.#length === 0) return;
    const bytes = Buffer.from(this.#lines.join(''), 'latin1');
    this.#lines = [];
    this.#length = 0;
    await this.#output.bytes(bytes);
  }
}

function terminalText(text: ByteString): ByteString {
  return Buffer.from(safeText(toUtf8(text)), 'utf8').toString('latin1');
}
