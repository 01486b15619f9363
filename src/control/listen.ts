/**
 * The events of an agent, for as long as somebody wants them. Safe in a browser. (Not `EventSource`: it cannot send the
 * token, and does not tell why it failed.)
 *
 *     until the signal is aborted
 *       connecting: ask for the stream, after the last event that was seen
 *       open:       give events on, as they come
 *       waiting:    the connection was lost or is silent; try again after 0.5 s, 1 s, 2 s … 15 s
 *
 * Load the state when the stream is `open`, and again at each `onReset`: then no change is missed. What will not be better
 * by trying again (no login, 403, 404 …) rejects; so does whatever a callback throws.
 */
import { HoldfastError, isHoldfastError } from '../base/errors.ts';
import type { Contract, EventOf } from './contract-types.ts';
import { type EventFrame, EventParser } from './event-parser.ts';
import { type Connection, lost, parseJson, request } from './request.ts';

export type StreamState =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  | { readonly state: 'waiting'; readonly retryInMs: number; readonly error: HoldfastError };

export interface ListenOptions<C extends Contract> {
  readonly signal: AbortSignal;
  /** The `id` of the last event that was seen; without it events begin now. */
  readonly since?: string;
  readonly onEvent: (event: EventOf<C>) => void;
  /** Events were missed for good: load everything again. */
  readonly onReset: () => void;
  readonly onState?: (state: StreamState) => void;
}

interface Waiting {
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const firstRetryMs = 500;
const longestRetryMs = 15_000;
/** Three heartbeats of the server. */
const silenceMs = 45_000;

export async function listen<C extends Contract>(
  contract: C,
  connection: Connection & Waiting,
  { signal, since, onEvent, onReset, onState }: ListenOptions<C>,
): Promise<void> {
  const sleep = connection.sleep ?? pause;
  let lastId = since;
  let retryInMs = firstRetryMs;
  while (!signal.aborted) {
    onState?.({ state: 'connecting' });
    for await (const item of streamOnce(connection, sleep, lastId, signal)) {
      if (signal.aborted) return;
      if ('lost' in item) {
        if (item.lost.retry === 'never') throw item.lost;
        onState?.({ state: 'waiting', retryInMs, error: item.lost });
        await sleep(retryInMs, signal).catch(() => undefined);
        retryInMs = Math.min(retryInMs * 2, longestRetryMs);
        continue;
      }
      if (item.id !== '') lastId = item.id;
      if (item.type === 'open') {
        retryInMs = firstRetryMs;
        onState?.({ state: 'open' });
      } else if (item.type === 'reset') onReset();
      else if (Object.hasOwn(contract.events, item.type)) onEvent(readEvent(contract, item));
    }
  }
}

type StreamItem = EventFrame | { readonly lost: HoldfastError };

/** One connection; its last item says why it ended. */
async function* streamOnce(
  connection: Connection,
  sleep: NonNullable<Waiting['sleep']>,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamItem> {
  const alive = new Watchdog(sleep);
  const either = AbortSignal.any([signal, alive.silent]);
  try {
    const response = await request(connection, {
      verb: 'GET',
      url: `${connection.baseUrl}/api/events`,
      headers: { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
      signal: either,
    });
    const parser = new EventParser();
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      alive.seen();
      yield* parser.push(decoder.decode(bytes, { stream: true }));
    }
    yield { lost: ended() };
  } catch (error) {
    if (signal.aborted) return;
    yield { lost: asLost(lost(error, connection, either), error) };
  } finally {
    alive.stop();
  }
}

/** An answer of the agent says itself whether to try again; what happened to the connection may pass. */
function asLost(loss: unknown, error: unknown): HoldfastError {
  if (isHoldfastError(error)) {
    const status = Number(error.context.httpStatus ?? 0);
    if (error.retry === 'backoff' || status < 500) return error;
    return new HoldfastError('network', error.message, { retry: 'backoff', context: error.context, cause: error });
  }
  return isHoldfastError(loss) ? loss : ended();
}

function ended(): HoldfastError {
  return new HoldfastError('network', 'The agent ended the stream of events.', { retry: 'backoff' });
}

function readEvent<C extends Contract>(contract: C, { id, type, data }: EventFrame): EventOf<C> {
  const read = contract.events[type]?.safeParse(parseJson(data));
  // Checked by the schema of its type just now; the compiler cannot tie the two together.
  if (read?.success) return { id, type, data: read.data } as EventOf<C>;
  throw new HoldfastError('internal', `The agent's event "${type}" is not what it should be.`, {
    hint: 'Restart the agent, so that it is of the same version.',
    cause: read?.error.message,
  });
}

/** Notices a connection on which nothing comes any more, not even heartbeats: a host that slept, a network that went away. */
class Watchdog {
  readonly #silent = new AbortController();
  readonly #sleep: NonNullable<Waiting['sleep']>;
  #current = new AbortController();

  constructor(sleep: NonNullable<Waiting['sleep']>) {
    this.#sleep = sleep;
    this.seen();
  }

  get silent(): AbortSignal {
    return this.#silent.signal;
  }

  seen(): void {
    this.stop();
    this.#current = new AbortController();
    this.#sleep(silenceMs, this.#current.signal).then(
      () =>
        this.#silent.abort(
          new HoldfastError('network', 'The agent has not been heard for a while.', { retry: 'backoff' }),
        ),
      () => undefined,
    );
  }

  stop(): void {
    this.#current.abort();
  }
}

/** Rejects with `signal.reason`. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cancel);
      resolve();
    }, ms);
    const cancel = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', cancel, { once: true });
  });
}
