/** The registry of dialects: makes the client for a connection. A new dialect is one line here and its folder. */

import type { Clock } from '../base/clock.ts';
import { connectFa } from './dialects/fa/client.ts';
import { connectOrganizations } from './dialects/organizations/client.ts';
import { connectPanel } from './dialects/panel/client.ts';
import { connectStacks } from './dialects/stacks/client.ts';
import type { Timeouts } from './http/transport.ts';
import type { DialectName, Remote, RemoteMemory } from './remote.ts';

export interface ConnectOptions {
  readonly dialect: DialectName;
  readonly baseUrl: string;
  /** Organization sid, server id, stack id; `fa` has none. */
  readonly scope?: string;
  /** The token or key itself. */
  readonly credential: string;
  /** Plain http to another machine, because the user says so. */
  readonly allowInsecure?: boolean;
  /** Settings of the dialect; see each client. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly memory: RemoteMemory;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly userAgent: string;
  /** The usual ones unless given. */
  readonly timeouts?: Partial<Timeouts>;
}

type Connect = (options: ConnectOptions) => Remote;

const dialects: Readonly<Record<DialectName, Connect>> = {
  organizations: connectOrganizations,
  fa: connectFa,
  panel: connectPanel,
  stacks: connectStacks,
};

/** @throws `invalid-input` for an address, scope or setting that cannot be used */
export function connectRemote(options: ConnectOptions): Remote {
  return dialects[options.dialect](options);
}
