/** One JSON line a request: who, what, how it ended, how long it took. Never a query (links are in there), never a token. */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { pathOf } from '../http/guard.ts';
import type { Metrics } from './metrics.ts';

export interface AccessLogOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Undefined writes none. */
  readonly write: ((line: string) => void) | undefined;
}

const oneTimeLink = /^(\/download\/once\/).*/;

export function logAccess(server: FastifyInstance, { clock, metrics, write }: AccessLogOptions): void {
  server.addHook('onResponse', async (request, reply) => {
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    metrics.answered(request.routeOptions.url ?? 'none', request.method, reply.statusCode, ms / 1000);
    if (write === undefined) return;
    const { caller } = request as { caller?: { tokenId: string } };
    write(
      JSON.stringify({
        time: clock.now().toISOString(),
        address: request.ip,
        method: request.method,
        path: pathOf(request.raw).replace(oneTimeLink, '$1…'),
        status: reply.statusCode,
        ms,
        bytes: Number(reply.getHeader('content-length') ?? 0),
        ...(caller === undefined ? {} : { token: caller.tokenId }),
      }),
    );
  });
}
