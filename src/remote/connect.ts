/** The registry of dialects: makes the client for a connection. A new dialect is one line here and its folder. */

import type { Clock } from '../base/clock.ts';
import { HoldfastError } from '../base/errors.ts';
import { connectFa } from './dialects/fa/client.ts';
import { connectOrganizations } from './dialects/organizations/client.ts';
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

const dialects: Partial<Record<DialectName, Connect>> = {
  organizations: connectOrganizations,
  fa: connectFa,
  stacks: connectStacks,
};

/** @throws `invalid-input` for an address, scope or setting that cannot be used */
export function connectRemote(options: ConnectOptions): Remote {
  const connect = dialects[options.dialect];
  if (connect === undefined) throw new HoldfastError('unsupported', `There is no dialect "${options.dialect}".`);
  return connect(options);
}
