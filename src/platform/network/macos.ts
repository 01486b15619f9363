/**
 * macOS: online from the default routes; the Wi-Fi's name from `ipconfig getsummary` (macOS 12 and later; later ones hide it from
 * programs without the right to know the place: unknown), else from `networksetup`. No program tells whether a network is
 * metered (only the Network framework does): unknown. Sources: route(8), ipconfig(8), networksetup(8). Never ran on a Mac.
 */
import type { Interfaces, NetworkAdapter, NetworkStatus } from '../network.ts';
import type { RunProgram } from '../run-program.ts';
import { onlineOf } from './addresses.ts';

/** Interfaces that are there without a network: AirDrop, tunnels, bridges of virtual machines. */
const notReal = /^(lo|awdl|llw|utun|bridge|vmenet|anpi|ap|gif|stf)\d/;

export function macosNetwork({ run }: { readonly run: RunProgram }): NetworkAdapter {
  return {
    fingerprint: (interfaces) => JSON.stringify(interfaces),
    status: async (interfaces, signal) => {
      const routeDevices = await defaultRouteDevices(run, signal);
      const isReal = (device: string): boolean => !notReal.test(device);
      return {
        online: onlineOf({ interfaces, routeDevices, isReal }),
        metered: 'unknown',
        wifiName: await wifiName(interfaces, run, signal),
      };
    },
  };
}

async function defaultRouteDevices(run: RunProgram, signal: AbortSignal): Promise<string[] | undefined> {
  const devices: string[] = [];
  for (const family of ['-inet', '-inet6']) {
    const { code, stdout } = await run('/sbin/route', ['-n', 'get', family, 'default'], { signal });
    if (code === 'missing' || code === 'killed') return undefined;
    const device = /^\s*interface: (\S+)$/m.exec(stdout)?.[1];
    if (device !== undefined) devices.push(device);
  }
  return devices;
}

async function wifiName(
  interfaces: Interfaces,
  run: RunProgram,
  signal: AbortSignal,
): Promise<NetworkStatus['wifiName']> {
  const ports = await run('/usr/sbin/networksetup', ['-listallhardwareports'], { signal });
  if (ports.code !== 0) return 'unknown';
  const device = /^Hardware Port: Wi-Fi\nDevice: (\S+)$/m.exec(ports.stdout)?.[1];
  if (device === undefined || interfaces[device] === undefined) return undefined;
  const summary = await run('/usr/sbin/ipconfig', ['getsummary', device], { signal });
  const named = /^\s*SSID : (.+)$/m.exec(summary.stdout)?.[1];
  if (named !== undefined && named !== '<redacted>') return named;
  // Its "You are not associated" is also said where the name is only hidden: no reason to say that there is none.
  const asked = await run('/usr/sbin/networksetup', ['-getairportnetwork', device], { signal });
  return /^Current Wi-Fi Network: (.+)$/m.exec(asked.stdout)?.[1] ?? 'unknown';
}
