/**
 * One request to a control API: its address, its headers, its errors. Safe in a browser.
 *
 * Guarantees: whatever goes wrong is a `HoldfastError`: the one that the agent sent, with `context.httpStatus`, or one of
 * code `network` when nothing answered; a cancelled call rejects with `signal.reason`.
 */
import { z } from 'zod';
import { type ErrorCode, HoldfastError, messageOf } from '../base/errors.ts';
import type { Verb } from './contract-types.ts';

export interface Connection {
  /** Where the agent is, as `http://127.0.0.1:4711`; "" in a page that the agent itself served. */
  readonly baseUrl: string;
  /** A browser needs none: it has the cookie. */
  readonly token?: string | undefined;
  readonly fetch?: typeof globalThis.fetch;
}

export interface RequestParts {
  readonly verb: Verb;
  /** With its query. */
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A response of status 2xx, or an error as the file header says. */
export async function request(connection: Connection, parts: RequestParts): Promise<Response> {
  const { verb, url, body, signal } = parts;
  const send = connection.fetch ?? globalThis.fetch;
  const response = await send(url, {
    method: verb,
    headers: {
      ...(connection.token === undefined ? {} : { authorization: `Bearer ${connection.token}` }),
      ...(verb === 'GET' ? {} : { 'content-type': 'application/json' }),
      // Node keeps connections for later; a process that slept or was busy would find its own closed by the agent meanwhile.
      connection: 'close',
      ...parts.headers,
    },
    ...(verb === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
    cache: 'no-store',
    credentials: 'same-origin',
    redirect: 'error',
    signal,
  }).catch((error: unknown) => {
    throw lost(error, connection, signal);
  });
  if (!response.ok) throw await errorOf(response, connection, signal);
  return response;
}

/** The error for a connection that failed, or was cut in the middle of an answer. */
export function lost(error: unknown, { baseUrl }: Connection, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  return new HoldfastError('network', `The agent${baseUrl === '' ? '' : ` at ${baseUrl}`} does not answer.`, {
    hint: 'See whether it runs: "holdfast agent status".',
    retry: 'backoff',
    cause: messageOf(error),
  });
}

const errorSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    retry: z.enum(['never', 'backoff']).default('never'),
    context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
    fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
});

async function errorOf(response: Response, connection: Connection, signal: AbortSignal): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => lost(error, connection, signal));
  if (typeof text !== 'string') return text;
  const { status } = response;
  const read = errorSchema.safeParse(parseJson(text));
  if (!read.success) {
    return new HoldfastError('network', `Something other than Holdfast's agent answered, with status ${status}.`, {
      hint: 'Check the address and what stands in between.',
      context: { httpStatus: status },
    });
  }
  const { code, hint, fields, ...error } = read.data.error;
  return HoldfastError.fromJSON({
    ...error,
    // A newer agent may have codes that we do not know; whoever matches on codes passes over them.
    code: code as ErrorCode,
    context: { ...error.context, httpStatus: status },
    ...(hint === undefined ? {} : { hint }),
    ...(fields === undefined ? {} : { fields }),
  });
}

/** Undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
