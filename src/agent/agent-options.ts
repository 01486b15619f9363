/** What an agent is made of that differs between the real thing and a test. */
import { join } from 'node:path';
import type { Backend, BackendPlace } from '../backend/backend.ts';
import type { Clock } from '../base/clock.ts';
import type { Folders } from '../platform/folders.ts';
import type { HostIdentity } from '../platform/host.ts';
import type { NetworkPort } from '../platform/network.ts';
import type { PowerPort } from '../platform/power.ts';
import type { PresencePort } from '../platform/presence.ts';
import type { Secrets } from '../platform/secrets.ts';
import type { WakeEvents } from '../platform/wake.ts';
import type { ConnectOptions } from '../remote/connect.ts';
import type { Remote } from '../remote/remote.ts';
import type { BandwidthRates } from './bandwidth.ts';

export interface BandwidthLimits {
  readonly shared: SharedArrayBuffer;
  set(rates: BandwidthRates): void;
}

export interface AgentOptions {
  readonly folders: Folders;
  readonly clock: Clock;
  readonly openBackend: (place: BackendPlace) => Backend;
  /** What all backends of the agent share of the line (`SharedLimits`). */
  readonly limits: BandwidthLimits;
  /** A client of a remote backup API. */
  readonly connectRemote: (options: ConnectOptions) => Remote;
  readonly secrets: Secrets;
  readonly host: HostIdentity;
  readonly network: NetworkPort;
  readonly power: PowerPort;
  readonly presence: PresencePort;
  readonly wake: WakeEvents;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called when all work is done: gives memory back. */
  readonly releaseMemory: () => void;
  /** Troubles of the agent itself, for its log. */
  readonly report: (error: unknown) => void;
}

/** Where the agent keeps what it knows. Everything in `state` can be lost without harm to backups. */
export function agentPaths({ config, data, cache }: Folders) {
  const state = join(data, 'agent');
  return {
    config: join(config, 'config.json'),
    repository: join(data, 'repository'),
    state,
    jobs: join(state, 'jobs.json'),
    plans: join(state, 'plans-state.json'),
    notices: join(state, 'notices.json'),
    upkeep: join(state, 'upkeep-state.json'),
    schedule: join(state, 'schedule.json'),
    history: join(state, 'history'),
    logs: join(state, 'logs'),
    remotes: join(state, 'remotes'),
    caches: join(cache, 'repositories'),
    scratch: join(cache, 'drills'),
    remoteJobs: join(state, 'remote-jobs.json'),
    remoteScratch: join(cache, 'remotes'),
  } as const;
}
