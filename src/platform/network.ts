/**
 * What this machine knows of its network. The port, and the adapter of each system behind one cache.
 *
 * What the host cannot tell is 'unknown', never "no". Asking is cheap: while the interfaces, their addresses and the default
 * routes stay as they are, an answer is kept for a while, so that polling starts no programs.
 */
import { networkInterfaces } from 'node:os';
import { type Clock, systemClock } from '../base/clock.ts';
import { linuxNetwork } from './network/linux.ts';
import { macosNetwork } from './network/macos.ts';
import { windowsNetwork } from './network/windows.ts';
import { type RunProgram, runProgram } from './run-program.ts';

export interface NetworkStatus {
  /** Whether there is a way out of this machine. */
  readonly online: boolean | 'unknown';
  /** Whether what is sent costs money or is limited (as the user or the network says). */
  readonly metered: boolean | 'unknown';
  /** The name of the Wi-Fi that is used; undefined if none is. */
  readonly wifiName: string | 'unknown' | undefined;
}

export interface NetworkPort {
  /** Rejects only when cancelled. */
  status(signal: AbortSignal): Promise<NetworkStatus>;
}

/** The addresses of this machine, by interface: Node's `networkInterfaces`. */
export type Interfaces = ReturnType<typeof networkInterfaces>;

/** What an adapter of a system does. */
export interface NetworkAdapter {
  /** Changes whenever the network may have; costs next to nothing. */
  fingerprint(interfaces: Interfaces): string;
  status(interfaces: Interfaces, signal: AbortSignal): Promise<NetworkStatus>;
}

export const unknownNetwork: NetworkStatus = { online: 'unknown', metered: 'unknown', wifiName: 'unknown' };

/** Being metered, and the name of a Wi-Fi, may change without a sign; being online is looked at more often while it is not so. */
const keptWhileOnlineMs = 5 * 60_000;
const keptWhileNotMs = 20_000;

export interface SystemNetworkOptions {
  readonly platform?: NodeJS.Platform;
  readonly clock?: Clock;
  readonly run?: RunProgram;
  readonly interfaces?: () => Interfaces;
}

/** This machine's network. */
export function systemNetwork(options: SystemNetworkOptions = {}): NetworkPort {
  const { platform = process.platform, clock = systemClock, run = runProgram } = options;
  const { interfaces = networkInterfaces } = options;
  const adapter = adapterFor(platform, run);
  return adapter === undefined ? { status: async () => unknownNetwork } : cached(adapter, interfaces, clock);
}

function adapterFor(platform: NodeJS.Platform, run: RunProgram): NetworkAdapter | undefined {
  if (platform === 'linux') return linuxNetwork({ run });
  if (platform === 'darwin') return macosNetwork({ run });
  if (platform === 'win32') return windowsNetwork({ run });
  return undefined;
}

function cached(adapter: NetworkAdapter, interfaces: () => Interfaces, clock: Clock): NetworkPort {
  let kept: { readonly status: NetworkStatus; readonly fingerprint: string; readonly untilMs: number } | undefined;
  return {
    status: async (signal) => {
      signal.throwIfAborted();
      const now = readInterfaces(interfaces);
      if (now === undefined) return unknownNetwork;
      const fingerprint = adapter.fingerprint(now);
      if (kept?.fingerprint === fingerprint && clock.monotonicMs() < kept.untilMs) return kept.status;
      const status = await adapter.status(now, signal);
      const keptMs = status.online === true ? keptWhileOnlineMs : keptWhileNotMs;
      kept = { status, fingerprint, untilMs: clock.monotonicMs() + keptMs };
      return status;
    },
  };
}

/** Some sandboxes forbid asking. */
function readInterfaces(interfaces: () => Interfaces): Interfaces | undefined {
  try {
    return interfaces();
  } catch {
    return undefined;
  }
}
