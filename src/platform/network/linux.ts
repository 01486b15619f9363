/**
 * Linux: online from the kernel's route tables; metered, the Wi-Fi's name and sign-in pages from NetworkManager, asked by
 * `busctl` (systemd) or `nmcli`; without NetworkManager the Wi-Fi's name from `iw`.
 *
 * Sources: proc(5) and include/uapi/linux/route.h; NetworkManager's D-Bus reference (NMConnectivityState, NMMetered); nmcli(1).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkAdapter, NetworkStatus } from '../network.ts';
import type { RunProgram } from '../run-program.ts';
import { hasUsableAddress, onlineOf } from './addresses.ts';
import { askNetworkManager, type ManagerAnswer } from './network-manager.ts';

export interface LinuxNetworkOptions {
  readonly run: RunProgram;
  /** Where proc and sysfs are mounted: others in tests. */
  readonly procPath?: string;
  readonly sysPath?: string;
}

export function linuxNetwork(options: LinuxNetworkOptions): NetworkAdapter {
  const { run, procPath = '/proc', sysPath = '/sys' } = options;
  const devicePath = (device: string, part: string): string => join(sysPath, 'class/net', device, part);
  const wirelessDevices = (): string[] =>
    listFolder(join(sysPath, 'class/net')).filter(
      (device) => existsSync(devicePath(device, 'wireless')) || existsSync(devicePath(device, 'phy80211')),
    );
  return {
    fingerprint: (interfaces) => JSON.stringify([interfaces, defaultRouteDevices(procPath)]),
    status: async (interfaces, signal) => {
      const routeDevices = defaultRouteDevices(procPath);
      const isReal = (device: string): boolean => existsSync(devicePath(device, 'device'));
      const online = onlineOf({ interfaces, routeDevices, isReal });
      // No device has an address: no more is to be asked, nor programs to be started at each look.
      if (online === false) return { online, metered: 'unknown', wifiName: undefined };
      const wireless = wirelessDevices().filter((device) => hasUsableAddress(interfaces, device));
      const manager = await askNetworkManager({ run, signal, device: wireless[0] ?? routeDevices?.[0] });
      return {
        // A network that shows a page to sign in leads nowhere yet.
        online: online === true && manager?.connectivity === 'portal' ? false : online,
        metered: manager?.metered ?? 'unknown',
        wifiName: await wifiName(manager, wireless, run, signal),
      };
    },
  };
}

async function wifiName(
  manager: ManagerAnswer | undefined,
  wireless: readonly string[],
  run: RunProgram,
  signal: AbortSignal,
): Promise<NetworkStatus['wifiName']> {
  if (manager !== undefined && manager.wifiName !== 'unknown') return manager.wifiName;
  if (wireless.length === 0) return manager === undefined ? undefined : manager.wifiName;
  for (const device of wireless) {
    const { stdout } = await run('iw', ['dev', device, 'link'], { signal });
    const name = /^\s*SSID: (.+)$/m.exec(stdout)?.[1];
    if (name !== undefined) return name;
  }
  return 'unknown';
}

const RTF_UP = 0x1;
const RTF_REJECT = 0x200;

/** Undefined if neither table can be read. */
function defaultRouteDevices(procPath: string): string[] | undefined {
  const four = readLines(join(procPath, 'net/route'));
  const six = readLines(join(procPath, 'net/ipv6_route'));
  if (four === undefined && six === undefined) return undefined;
  const devices = new Set<string>();
  for (const [device, destination, , flags, , , , mask] of four ?? []) {
    if (device !== undefined && isZero(destination) && isZero(mask) && leads(flags)) devices.add(device);
  }
  for (const fields of six ?? []) {
    const device = fields[9];
    if (device !== undefined && isZero(fields[0]) && isZero(fields[1]) && leads(fields[8])) {
      devices.add(device);
    }
  }
  return [...devices];
}

function isZero(hex: string | undefined): boolean {
  return hex !== undefined && /^0+$/.test(hex);
}

function leads(flagsHex: string | undefined): boolean {
  const flags = Number.parseInt(flagsHex ?? '0', 16);
  return (flags & RTF_UP) !== 0 && (flags & RTF_REJECT) === 0;
}

function readLines(path: string): string[][] | undefined {
  try {
    const lines = readFileSync(path, 'latin1').split('\n');
    return lines.map((line) => line.trim().split(/\s+/));
  } catch {
    return undefined;
  }
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
