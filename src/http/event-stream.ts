/**
 * Server-sent events (WHATWG HTML, "Server-sent events") to many listeners, in bounded memory.
 *
 *     publish → bytes, once → ring of the last events ─┬─► listener: its number in the ring, written while its socket takes
 *                                                      └─► listener …
 *
 * - A listener that comes with the `Last-Event-ID` of an event that the ring still has gets everything after it. With any
 *   other one, of before a restart too, it gets `reset`: load everything again, the events go on from here.
 * - A slow listener waits for its own socket, and reads from the ring when that drains; when the ring has moved past it, it
 *   gets `reset`. One whose socket takes nothing for long is disconnected. Nothing is ever queued for it.
 * - The first frame is `open`; its id is where the stream begins. So a client listens first and loads the state then, and
 *   misses nothing in between.
 * - Events go out at once; of many in a row, those of `batchMs` together.
 */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { HoldfastError } from '../base/errors.ts';
import { apiHeaders } from '../base/security-headers.ts';
import { EventRing } from './event-ring.ts';

export interface EventHubOptions {
  readonly clock: Clock;
  /** How far back a listener may resume. */
  readonly keepEvents?: number;
  readonly keepBytes?: number;
  readonly batchMs?: number;
  /** A comment is sent so often, so that both sides notice a dead connection. */
  readonly heartbeatMs?: number;
  /** A listener that takes nothing for so long is disconnected. */
  readonly stalledMs?: number;
  readonly listeners?: number;
}

interface Listener {
  readonly response: ServerResponse;
  /** The number of the event that it gets next. */
  next: number;
  /** Since when its socket takes no more. */
  waitingSinceMs: number | undefined;
}

/** As much as is written at once; with the socket's own buffer, what a slow listener holds at most. */
const chunkBytes = 64 * 1024;

/** `Events`: the data of each type of event, by type. Begins to send heartbeats when made, ends with `close`. */
export class EventHub<Events extends Readonly<Record<string, unknown>>> implements Disposable {
  /** Ids of another process, or of before a restart, must not be taken for ours. */
  readonly #epoch = randomBytes(6).toString('base64url');
  readonly #clock: Clock;
  readonly #ring: EventRing;
  readonly #options: Required<Omit<EventHubOptions, 'clock'>>;
  readonly #listeners = new Set<Listener>();
  readonly #closed = new AbortController();
  #sending = false;

  constructor({ clock, ...options }: EventHubOptions) {
    this.#clock = clock;
    this.#options = {
      keepEvents: 4096,
      keepBytes: 4 * 1024 * 1024,
      batchMs: 20,
      heartbeatMs: 15_000,
      stalledMs: 60_000,
      listeners: 64,
      ...options,
    };
    this.#ring = new EventRing({ events: this.#options.keepEvents, bytes: this.#options.keepBytes });
    void this.#untilClosed(() => this.#heartbeats());
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Tells all listeners; returns the event's id. Never waits. `data` must be what JSON can say. */
  publish<T extends keyof Events & string>(type: T, data: Events[T]): string {
    const id = this.#idOf(this.#ring.next);
    this.#ring.append(frameOf(type, id, data));
    if (!this.#sending) void this.#untilClosed(() => this.#send());
    return id;
  }

  /**
   * Answers a request by the stream; it ends when either side closes it. Throws `too-many-requests` when there are too many.
   *
   * @param lastEventId the header `Last-Event-ID` of the request
   */
  listen(response: ServerResponse, lastEventId: string | undefined): void {
    if (this.#listeners.size >= this.#options.listeners || this.#closed.signal.aborted) {
      throw new HoldfastError('too-many-requests', 'Too many windows and programs listen to events.', {
        hint: 'Close some of them.',
        retry: 'backoff',
      });
    }
    const resumed = this.#numberOf(lastEventId);
    const listener: Listener = { response, next: resumed ?? this.#ring.next, waitingSinceMs: undefined };
    response.writeHead(200, { ...apiHeaders, 'content-type': 'text/event-stream; charset=utf-8' });
    this.#listeners.add(listener);
    response.on('close', () => this.#listeners.delete(listener));
    response.on('error', () => response.destroy());
    response.on('drain', () => {
      listener.waitingSinceMs = undefined;
      this.#pump(listener, new Map());
    });
    this.#write(listener, frameOf('open', this.#idOf(listener.next - 1), {}));
    if (lastEventId !== undefined && resumed === undefined) this.#reset(listener);
    this.#pump(listener, new Map());
  }

  /** Ends all streams. */
  close(): void {
    this.#closed.abort(new HoldfastError('cancelled', 'The stream of events is closed.'));
    for (const { response } of this.#listeners) response.end();
    this.#listeners.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    try {
      for (let sent = 0; sent < this.#ring.next; ) {
        sent = this.#ring.next;
        // Listeners that are equally far share the bytes.
        const chunks = new Map<number, Chunk>();
        for (const listener of this.#listeners) this.#pump(listener, chunks);
        await this.#clock.sleep(this.#options.batchMs, this.#closed.signal);
      }
    } finally {
      this.#sending = false;
    }
  }

  /** Writes what a listener has not got yet, until its socket takes no more. */
  #pump(listener: Listener, chunks: Map<number, Chunk>): void {
    while (listener.waitingSinceMs === undefined && listener.next < this.#ring.next) {
      if (listener.next < this.#ring.first) {
        this.#reset(listener);
        return;
      }
      const chunk = chunks.get(listener.next) ?? this.#chunk(listener.next);
      chunks.set(listener.next, chunk);
      listener.next = chunk.next;
      this.#write(listener, chunk.bytes);
    }
  }

  #chunk(from: number): Chunk {
    const { frames, next } = this.#ring.read(from, chunkBytes);
    return { bytes: Buffer.concat(frames), next };
  }

  #reset(listener: Listener): void {
    listener.next = this.#ring.next;
    this.#write(listener, frameOf('reset', this.#idOf(listener.next - 1), {}));
  }

  #write(listener: Listener, bytes: Buffer): void {
    if (!listener.response.write(bytes)) listener.waitingSinceMs ??= this.#clock.monotonicMs();
  }

  async #heartbeats(): Promise<void> {
    for (;;) {
      await this.#clock.sleep(this.#options.heartbeatMs, this.#closed.signal);
      const stalledMs = this.#clock.monotonicMs() - this.#options.stalledMs;
      for (const listener of this.#listeners) {
        if (listener.waitingSinceMs === undefined) this.#write(listener, heartbeat);
        else if (listener.waitingSinceMs <= stalledMs) listener.response.destroy();
      }
    }
  }

  async #untilClosed(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#closed.signal.aborted) throw error;
    }
  }

  #idOf(number: number): string {
    return `${this.#epoch}-${number}`;
  }

  /** The number after an id's, where the ring can go on from there. */
  #numberOf(id: string | undefined): number | undefined {
    const number = new RegExp(`^${this.#epoch}-(\\d{1,15})$`).exec(id ?? '')?.[1];
    if (number === undefined) return undefined;
    const next = Number(number) + 1;
    return next >= this.#ring.first && next <= this.#ring.next ? next : undefined;
  }
}

interface Chunk {
  readonly bytes: Buffer;
  readonly next: number;
}

const heartbeat = Buffer.from(':\n\n');

function frameOf(type: string, id: string, data: unknown): Buffer {
  return Buffer.from(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
}
