/**
 * Cuts and stores content that comes in pieces, one content after the other. What is left of one until its next piece comes lies
 * in the window, so that no file may be saved in between.
 */
import type { Kernels } from '../../kernels/kernels.ts';
import type { StreamAnswer, StreamRequest } from './protocol.ts';

/** restic's chunker (FORMAT: chunker). */
const minChunkBytes = 512 * 1024;

export interface StreamSaverOptions {
  readonly kernels: Kernels;
  /** Address of as much of the kernels' memory as the largest chunk and a piece take. */
  readonly window: number;
  /** Stores a chunk in the window unless the repository has it; gives its table entry. */
  readonly store: (start: number, length: number) => Promise<number>;
}

export class StreamSaver {
  readonly #options: StreamSaverOptions;
  #filled = 0;
  #scanned = 0;

  constructor(options: StreamSaverOptions) {
    this.#options = options;
  }

  async save({ buffer, filled, ends }: StreamRequest): Promise<Omit<StreamAnswer, 'kind' | 'added'>> {
    const entries: number[] = [];
    const counts = new Uint32Array(ends.length);
    let at = 0;
    for (const [index, end] of ends.entries()) {
      await this.#add(buffer.subarray(at, end), entries);
      await this.#end(entries);
      counts[index] = entries.length;
      at = end;
    }
    await this.#add(buffer.subarray(at, filled), entries);
    return { entries: Uint32Array.from(entries), ends: counts };
  }

  async #add(bytes: Uint8Array, entries: number[]): Promise<void> {
    const { kernels, window, store } = this.#options;
    kernels.u8.set(bytes, window + this.#filled);
    this.#filled += bytes.length;
    for (;;) {
      const length = this.#filled < minChunkBytes ? 0 : kernels.nextCut(window, this.#filled, this.#scanned);
      if (length === 0) break;
      entries.push(await store(window, length));
      kernels.u8.copyWithin(window, window + length, window + this.#filled);
      this.#filled -= length;
      this.#scanned = 0;
    }
    this.#scanned = this.#filled;
  }

  async #end(entries: number[]): Promise<void> {
    if (this.#filled > 0) entries.push(await this.#options.store(this.#options.window, this.#filled));
    this.#filled = 0;
    this.#scanned = 0;
  }
}
