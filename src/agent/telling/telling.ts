/**
 * Tells the outside what happens, and never gets in the way of what happens.
 *
 *     tell(event) ─► for each channel that wants it: its queue ─► send, and again after 5 s, 30 s, 3 min if that may help
 *
 * Guarantees: `tell` neither waits nor throws; a channel gets its events in order, one at a time; a channel that does not work
 * holds up no other, and never keeps more than `mostQueued` events; every failure is reported once, without secrets.
 */
import type { Clock } from '../../base/clock.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { TellingConfig } from '../../config/telling.ts';
import type { Channel, SecretLookup } from './channel.ts';
import { mailChannel } from './mail.ts';
import { pingChannel } from './ping.ts';
import type { TellingEvent } from './telling-event.ts';
import { webhookChannel } from './webhook.ts';

export interface TellingOptions {
  readonly config: TellingConfig;
  readonly secrets: SecretLookup;
  readonly clock: Clock;
  /** Told of an event that a channel could not be told, with the channel's name. */
  readonly report: (error: unknown, channel: string, event: TellingEvent) => void;
}

const retryAfterMs = [5_000, 30_000, 180_000];
const mostQueued = 100;

export class Telling implements AsyncDisposable {
  readonly #options: TellingOptions;
  readonly #stop = new AbortController();
  readonly #queues = new Map<string, Queue>();
  #channels: readonly Channel[];

  constructor(options: TellingOptions) {
    this.#options = options;
    this.#channels = channelsOf(options);
  }

  /** The settings were changed; what is queued goes out as it was. */
  configure(config: TellingConfig): void {
    this.#channels = channelsOf({ ...this.#options, config });
  }

  tell(event: TellingEvent): void {
    for (const channel of this.#channels) if (channel.wants(event)) this.#enqueue(channel, event);
  }

  /** Sends a test message by one channel, once. Throws what went wrong; `not-found` when there is no such channel. */
  async test(channelId: string, signal: AbortSignal): Promise<void> {
    const channel = this.#channels.find(({ id }) => id === channelId);
    if (channel === undefined)
      throw new HoldfastError('not-found', `There is no webhook, ping or mail "${channelId}".`);
    const at = this.#options.clock.now().toISOString();
    const event = { id: `test-${at}`, kind: 'problem', at, title: 'This is a test of Holdfast.', test: true } as const;
    await channel.send(event, AbortSignal.any([signal, this.#stop.signal]));
  }

  /** Waits until everything queued is told, or has failed. */
  async settled(): Promise<void> {
    await Promise.all([...this.#queues.values()].map(({ running }) => running));
  }

  /** Ends at once; what is not told yet is dropped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new HoldfastError('cancelled', 'Holdfast ends.'));
    await this.settled();
  }

  #enqueue(channel: Channel, event: TellingEvent): void {
    const there = this.#queues.get(channel.id);
    if (there === undefined) {
      const queue: Queue = { waiting: [{ channel, event }], running: Promise.resolve() };
      this.#queues.set(channel.id, queue);
      queue.running = this.#work(channel.id, queue);
      return;
    }
    there.waiting.push({ channel, event });
    // The one at the front is being sent.
    const dropped = there.waiting.length > mostQueued ? there.waiting.splice(1, 1)[0] : undefined;
    if (dropped !== undefined) this.#failed(new HoldfastError('network', 'Too much waits to be told.'), dropped);
  }

  async #work(id: string, queue: Queue): Promise<void> {
    for (let next = queue.waiting[0]; next !== undefined; next = queue.waiting[0]) {
      try {
        await this.#send(next);
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        this.#failed(error, next);
      }
      queue.waiting.shift();
    }
    this.#queues.delete(id);
  }

  async #send({ channel, event }: Waiting): Promise<void> {
    const { signal } = this.#stop;
    for (const waitMs of [...retryAfterMs, undefined]) {
      try {
        return await channel.send(event, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (waitMs === undefined || !isHoldfastError(error) || error.retry === 'never') throw error;
        await this.#options.clock.sleep(waitMs, signal);
      }
    }
  }

  #failed(error: unknown, { channel, event }: Waiting): void {
    this.#options.report(error, channel.name, event);
  }
}

interface Waiting {
  readonly channel: Channel;
  readonly event: TellingEvent;
}

interface Queue {
  readonly waiting: Waiting[];
  running: Promise<void>;
}

function channelsOf({ config, secrets, clock }: TellingOptions): readonly Channel[] {
  const { webhooks, pings, mail } = config;
  return [
    ...webhooks.map((webhook) => webhookChannel(webhook, secrets, clock)),
    ...pings.map((ping) => pingChannel(ping, clock)),
    ...(mail === undefined ? [] : [mailChannel(mail, secrets, clock)]),
  ];
}
