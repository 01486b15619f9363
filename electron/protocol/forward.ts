/**
 * Calls of the page, forwarded to the agent with the token that the page never sees.
 *
 * Only headers that the API knows go along: not `Origin` (the agent would refuse `app://holdfast`, rightly), no cookies, nothing
 * that says what a browser this is. Answers stream both ways; whoever cancels, cancels at the agent.
 */
import { HoldfastError, messageOf } from '../../src/base/errors.ts';
import { apiHeaders } from '../../src/base/security-headers.ts';
import type { AgentConnection } from '../agent/agent-view.ts';

const sentHeaders = ['accept', 'content-type', 'last-event-id', 'range', 'if-none-match'] as const;
const keptHeaders = [
  'content-type',
  'content-length',
  'content-disposition',
  'content-range',
  'etag',
  'retry-after',
] as const;

export type Fetch = (url: string, init: RequestInit & { readonly duplex?: 'half' }) => Promise<Response>;

/** @param request of the page, to a path below /api/ */
export async function forwardToAgent(request: Request, connection: AgentConnection, fetch: Fetch): Promise<Response> {
  if (connection.state !== 'ready') return unavailable('The agent is not running just now.');
  const { pathname, search } = new URL(request.url);
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
  try {
    const answer = await fetch(`${connection.baseUrl}${pathname}${search}`, {
      method: request.method,
      headers: {
        ...picked(request.headers, sentHeaders),
        authorization: `Bearer ${connection.token}`,
        // As the control client does, and for the same reason.
        connection: 'close',
      },
      ...(hasBody ? { body: await request.arrayBuffer() } : {}),
      redirect: 'error',
      signal: request.signal,
    });
    return new Response(answer.body, {
      status: answer.status,
      headers: { ...apiHeaders, ...picked(answer.headers, keptHeaders) },
    });
  } catch (error) {
    request.signal.throwIfAborted();
    return unavailable(`The agent does not answer: ${messageOf(error)}`);
  }
}

/** As the agent answers errors (control/request.ts reads it), of the kind that is tried again. */
function unavailable(message: string): Response {
  const error = new HoldfastError('network', message, { retry: 'backoff', hint: 'It is started again by itself.' });
  return Response.json({ error: error.toJSON() }, { status: 503, headers: apiHeaders });
}

function picked(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : [])));
}
