/** Each request of the scheme: to the page's files, or to the agent. */
import { HoldfastError } from '../../src/base/errors.ts';
import { apiHeaders } from '../../src/base/security-headers.ts';
import type { AgentConnection } from '../agent/agent-view.ts';
import { type Fetch, forwardToAgent } from './forward.ts';
import { origin, shellHost } from './scheme.ts';
import { servePage } from './serve-page.ts';

export interface ProtocolOptions {
  /** Of the built window. */
  readonly folder: string;
  readonly connection: () => AgentConnection;
  readonly fetch: Fetch;
}

/** Never rejects but when the page cancelled. */
export async function answerRequest(request: Request, options: ProtocolOptions): Promise<Response> {
  const { host, pathname } = new URL(request.url);
  const asker = request.headers.get('origin');
  // A page of somebody else cannot be in this program; if one were, it would get nothing.
  if (host !== shellHost || (asker !== null && asker !== origin)) return refused();
  if (pathname.startsWith('/api/')) return forwardToAgent(request, options.connection(), options.fetch);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refused();
  return servePage(options.folder, pathname);
}

function refused(): Response {
  const error = new HoldfastError('permission', 'This is not for others.');
  return Response.json({ error: error.toJSON() }, { status: 403, headers: apiHeaders });
}
