/**
 * The last events as the bytes of an event stream, bounded by count and by size: listeners read from here at their own pace,
 * and nobody keeps a queue.
 */

export interface EventRingOptions {
  readonly events: number;
  readonly bytes: number;
}

export class EventRing {
  readonly #frames: (Buffer | undefined)[];
  readonly #mostBytes: number;
  #bytes = 0;
  #first = 1;
  #next = 1;

  constructor({ events, bytes }: EventRingOptions) {
    this.#frames = new Array<Buffer | undefined>(events);
    this.#mostBytes = bytes;
  }

  /** The number of the oldest event that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The number that the next event gets; events are numbered from 1. */
  get next(): number {
    return this.#next;
  }

  /** Keeps one more, and lets the oldest go as far as the bounds ask; the newest always stays. */
  append(frame: Buffer): void {
    if (this.#next - this.#first === this.#frames.length) this.#dropFirst();
    this.#frames[this.#next % this.#frames.length] = frame;
    this.#bytes += frame.length;
    this.#next++;
    while (this.#bytes > this.#mostBytes && this.#next - this.#first > 1) this.#dropFirst();
  }

  /** The frames from `from` on, at most about `bytes` of them (one at least), and the number after the last. */
  read(from: number, bytes: number): { readonly frames: readonly Buffer[]; readonly next: number } {
    const frames: Buffer[] = [];
    let length = 0;
    let at = from;
    for (; at < this.#next && (length < bytes || frames.length === 0); at++) {
      const frame = this.#frames[at % this.#frames.length];
      if (frame === undefined) throw new RangeError(`Event ${at} is not kept any more.`);
      frames.push(frame);
      length += frame.length;
    }
    return { frames, next: at };
  }

  #dropFirst(): void {
    const index = this.#first % this.#frames.length;
    this.#bytes -= this.#frames[index]?.length ?? 0;
    this.#frames[index] = undefined;
    this.#first++;
  }
}
