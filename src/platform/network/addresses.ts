/** Whether a machine is online, from its addresses and default routes: what Linux and macOS have in common. */
import type { Interfaces, NetworkStatus } from '../network.ts';

/** Addresses that reach beyond the cable: no loopback, none of those that a machine gives itself (169.254/16, fe80::/10). */
export function hasUsableAddress(interfaces: Interfaces, device: string): boolean {
  return (interfaces[device] ?? []).some(({ internal, address }) => !internal && !isLinkLocal(address));
}

export interface Reach {
  readonly interfaces: Interfaces;
  /** The devices of default routes; undefined if they cannot be read. */
  readonly routeDevices: readonly string[] | undefined;
  /** Devices that lead to no network of their own (bridges of containers …) are left out. */
  readonly isReal: (device: string) => boolean;
}

/** Without a default route but with an address there may still be a way (a NAS on this cable): unknown, not "no". */
export function onlineOf({ interfaces, routeDevices, isReal }: Reach): NetworkStatus['online'] {
  const linked = Object.keys(interfaces).filter((device) => hasUsableAddress(interfaces, device));
  if (routeDevices?.some((device) => linked.includes(device))) return true;
  return linked.some(isReal) ? 'unknown' : false;
}

function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.') || /^fe[89ab]/i.test(address);
}
