/** The end of what a program prints: memory is bounded whatever it prints. */
import type { Readable } from 'node:stream';
import type { Clock } from '../base/clock.ts';

const outputBytes = 64 * 1024;
/** What a program left running may hold its pipes open. */
const drainMs = 300;

/** Reads streams to their end and keeps the last of what they say. */
export class OutputTail {
  readonly #streams: readonly Readable[];
  readonly #ended: Promise<unknown>;
  #chunks: Buffer[] = [];
  #bytes = 0;
  isCut = false;

  constructor(streams: readonly Readable[]) {
    this.#streams = streams;
    this.#ended = Promise.all(streams.map((stream) => new Promise((resolve) => stream.once('close', resolve))));
    for (const stream of streams) {
      stream.on('data', (chunk: Buffer) => this.#add(chunk));
      stream.on('error', () => undefined); // what cannot be read is not shown
    }
  }

  /** Until all is read, but not for ever. */
  async settle(clock: Clock, signal: AbortSignal): Promise<void> {
    await Promise.race([this.#ended, clock.sleep(drainMs, signal).catch(() => undefined)]);
  }

  text(): string {
    const bytes = Buffer.concat(this.#chunks).subarray(-outputBytes);
    // A character that was cut in two.
    const start = this.isCut ? bytes.findIndex((byte) => (byte & 0xc0) !== 0x80) : 0;
    return bytes.toString('utf8', Math.max(0, start));
  }

  close(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  #add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= outputBytes) return;
    this.isCut = true;
    if (this.#bytes < 2 * outputBytes) return;
    this.#chunks = [Buffer.from(Buffer.concat(this.#chunks).subarray(-outputBytes))];
    this.#bytes = outputBytes;
  }
}
