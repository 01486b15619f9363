/**
 * The client of a control API, made from its contract: `client.plans.get({ params: { id }, signal })`. Used by the window,
 * the tray and the command line alike; safe in a browser.
 */
import type { z } from 'zod';
import { HoldfastError } from '../base/errors.ts';
import { type AnswerOf, type Contract, type InputOf, isJsonAnswer, type Method } from './contract-types.ts';
import { type ListenOptions, listen } from './listen.ts';
import { type Connection, lost, parseJson, request } from './request.ts';

/** One method of a client. */
export interface Call<M extends Method> {
  /** Errors are as `request.ts` says; an answer that does not fit the contract is `internal`. */
  (input: InputOf<M> & { readonly signal: AbortSignal }): Promise<AnswerOf<M>>;
  /** The address of a GET, for links: downloads of a browser. */
  url(input: InputOf<M>): string;
}

export type Client<C extends Contract> = {
  readonly [G in keyof C['groups']]: {
    readonly [N in keyof C['groups'][G]]: C['groups'][G][N] extends Method ? Call<C['groups'][G][N]> : never;
  };
} & {
  /** Listens until `signal` is aborted (resolves then); see `listen.ts`. */
  events(options: ListenOptions<C>): Promise<void>;
};

export interface ClientOptions extends Connection {
  /** For tests: how the events stream waits. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function createClient<C extends Contract>(contract: C, options: ClientOptions): Client<C> {
  const groups = Object.entries(contract.groups).map(([group, methods]) => [
    group,
    Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, callOf(method, options)])),
  ]);
  const events = (listening: ListenOptions<C>) => listen(contract, options, listening);
  // The mapped type follows the same entries as the code above, which the compiler cannot see.
  return { ...Object.fromEntries(groups), events } as Client<C>;
}

interface AnyInput {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

function callOf(method: Method, connection: Connection) {
  const { verb } = method;
  const url = (input: AnyInput) => connection.baseUrl + addressOf(method, input);
  const call = async (input: AnyInput & { readonly signal: AbortSignal }) => {
    const { body, signal } = input;
    const response = await request(connection, { verb, url: url(input), body, signal });
    const { answer } = method;
    if (!isJsonAnswer(answer)) return answer.kind === 'nothing' ? dropBody(response) : received(response);
    const text = await response.text().catch((error: unknown) => {
      throw lost(error, connection, signal);
    });
    return readAnswer(method, answer, text);
  };
  return Object.assign(call, { url });
}

/** The path with its parameters and its query. Lists are repeated, what is undefined is left out. */
function addressOf(method: Method, { params = {}, query = {} }: AnyInput): string {
  const path = method.path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = String(params[name]);
    // URLs take these two for steps, however they are written.
    if (value === '.' || value === '..') throw new HoldfastError('invalid-input', `"${value}" is no ${name}.`);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(name, String(one));
  }
  return `/api${path}${search.size === 0 ? '' : `?${search}`}`;
}

function readAnswer(method: Method, schema: z.ZodType, text: string): unknown {
  const read = schema.safeParse(parseJson(text));
  if (read.success) return read.data;
  throw new HoldfastError('internal', `The agent's answer to ${method.verb} ${method.path} is not what it should be.`, {
    hint: 'Restart the agent, so that it is of the same version.',
    cause: read.error.message,
  });
}

async function dropBody(response: Response): Promise<undefined> {
  await response.body?.cancel();
  return undefined;
}

function received(response: Response) {
  const { headers, body } = response;
  if (body === null) throw new HoldfastError('network', 'The agent answered without a body.', { retry: 'backoff' });
  return {
    mediaType: headers.get('content-type')?.split(';')[0]?.trim() ?? '',
    fileName: fileNameOf(headers.get('content-disposition') ?? ''),
    body,
  };
}

/** RFC 6266, `filename*=UTF-8''…`; whatever folders somebody put in it are cut off. */
function fileNameOf(disposition: string): string | undefined {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded).split(/[/\\]/).pop() || undefined;
  } catch {
    return undefined;
  }
}
