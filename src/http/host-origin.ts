/**
 * Who may speak to a server on the loopback interface: only what was addressed to it by its own name, and no other web site.
 *
 * - `Host` must be exactly `127.0.0.1:port`, `localhost:port` or `[::1]:port`: a name of somebody else that was pointed at
 *   this machine (DNS rebinding) is not one of them.
 * - An `Origin` must be this server itself: pages of other sites, and of other ports, cannot call (CSRF); `null` neither.
 * - `Sec-Fetch-Site`, which browsers send with every request and pages cannot change, must be `same-origin` or `none` (typed,
 *   or opened by a program).
 */
import type { IncomingMessage } from 'node:http';
import { HoldfastError } from '../base/errors.ts';
import type { Guard } from './guard.ts';

/** Refuses with 403 what the header of this file names. */
export const hostAndOrigin: Guard = (request) => {
  const host = request.headers.host ?? '';
  // Node keeps the first of several, others may take the last: more than one is a trick.
  if (countOf(request, 'host') !== 1 || !ownHosts(request.socket.localPort).includes(host)) {
    return refusal('This server is addressed by a name that is not its own.', 'Use the address that Holdfast prints.');
  }
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) return refusal('Other web sites may not call this server.');
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return refusal('Other web sites may not call this server.', 'Open its address by yourself.');
  }
  return undefined;
};

function ownHosts(port: number | undefined): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
}

function countOf(request: IncomingMessage, header: string): number {
  return request.headersDistinct[header]?.length ?? 0;
}

function refusal(message: string, hint?: string) {
  const error = new HoldfastError('permission', message, hint === undefined ? {} : { hint });
  return { status: 403, error };
}
