import { mkdirSync, writeFileSync } from 'node:fs';
import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { linuxNetwork } from '../../../src/platform/network/linux.ts';
import { macosNetwork } from '../../../src/platform/network/macos.ts';
import { windowsNetwork } from '../../../src/platform/network/windows.ts';
import { type Interfaces, systemNetwork } from '../../../src/platform/network.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type ScriptedPrograms, scriptedPrograms } from '../../support/scripted-programs.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();

function address(text: string): NetworkInterfaceInfo {
  const family = text.includes(':') ? { family: 'IPv6' as const, scopeid: 0 } : { family: 'IPv4' as const };
  return { address: text, netmask: '', mac: '', internal: /^(127\.|::1$)/.test(text), cidr: null, ...family };
}
function interfacesOf(devices: Record<string, string>): Interfaces {
  return Object.fromEntries(Object.entries(devices).map(([name, text]) => [name, [address(text)]]));
}
const loopback = { lo: '127.0.0.1' };

const routeHead = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const defaultRoute = (device: string, flags = '0003'): string =>
  `${device}\t00000000\t010200C0\t${flags}\t0\t0\t600\t00000000\t0\t0\t0\n`;
const zeros = '0'.repeat(32);
const rejectRoute6 = `${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo\n`;
const defaultRoute6 = (device: string): string =>
  `${zeros} 00 ${zeros} 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003 ${device}\n`;

interface LinuxHost {
  readonly route?: string;
  readonly route6?: string;
  /** Devices of hardware, and those that are Wi-Fi. */
  readonly hardware?: readonly string[];
  readonly wireless?: readonly string[];
}

function linuxHost(folder: TemporaryFolder, { route, route6, hardware = [], wireless = [] }: LinuxHost) {
  mkdirSync(folder.at('proc/net/x', '..'), { recursive: true });
  if (route !== undefined) writeFileSync(folder.at('proc/net/route'), routeHead + route);
  if (route6 !== undefined) writeFileSync(folder.at('proc/net/ipv6_route'), route6);
  for (const device of hardware) mkdirSync(folder.at(`sys/class/net/${device}/device`), { recursive: true });
  for (const device of wireless) mkdirSync(folder.at(`sys/class/net/${device}/wireless`), { recursive: true });
  return { procPath: folder.at('proc'), sysPath: folder.at('sys') };
}

async function onLinux(host: LinuxHost, devices: Record<string, string>, programs: ScriptedPrograms) {
  await using folder = await temporaryFolder();
  const adapter = linuxNetwork({ run: programs.run, ...linuxHost(folder, host) });
  return adapter.status(interfacesOf({ ...loopback, ...devices }), signal);
}

const nobody = scriptedPrograms({});
const manager = 'busctl --system --json=short --timeout=3 get-property org.freedesktop.NetworkManager';
const managerAnswers = (connectivity: number, metered: number, type: string): string =>
  `{"type":"u","data":${connectivity}}\n{"type":"u","data":${metered}}\n{"type":"o","data":"/ac/1"}\n{"type":"s","data":"${type}"}\n`;

describe('linuxNetwork: online', () => {
  const online = async (host: LinuxHost, devices: Record<string, string>) =>
    (await onLinux(host, devices, nobody)).online;

  it('has a way out by a default route of either family, over a device with an address', async () => {
    expect(await online({ route: defaultRoute('eth0') }, { eth0: '192.0.2.2' })).toBe(true);
    expect(await online({ route: '', route6: rejectRoute6 + defaultRoute6('eth0') }, { eth0: '2001:db8::2' })).toBe(
      true,
    );
  });

  it('is offline without an address, or with one that the machine gave itself', async () => {
    expect(await online({ route: '', route6: rejectRoute6 }, {})).toBe(false);
    expect(await online({ route: defaultRoute('eth0'), hardware: ['eth0'] }, {})).toBe(false);
    expect(await online({ route: defaultRoute('eth0'), hardware: ['eth0'] }, { eth0: '169.254.3.4' })).toBe(false);
    expect(await online({ route: '', hardware: ['eth0'] }, { eth0: 'fe80::1' })).toBe(false);
  });

  it('cannot tell with an address and no default route, but a bridge of containers is no network', async () => {
    expect(await online({ route: '', hardware: ['eth0'] }, { eth0: '192.0.2.2' })).toBe('unknown');
    const rejected = { route: defaultRoute('eth0', '0203'), route6: rejectRoute6, hardware: ['eth0'] };
    expect(await online(rejected, { eth0: '192.0.2.2' })).toBe('unknown');
    expect(await online({ route: '' }, { docker0: '172.17.0.1' })).toBe(false);
    expect(await online({ hardware: ['eth0'] }, { eth0: '192.0.2.2' })).toBe('unknown');
  });

  it('is offline while the network shows a page to sign in', async () => {
    const programs = scriptedPrograms({ [manager]: managerAnswers(2, 0, '802-3-ethernet') });
    expect(await onLinux({ route: defaultRoute('eth0') }, { eth0: '192.0.2.2' }, programs)).toMatchObject({
      online: false,
    });
  });
});

describe('linuxNetwork: metered and Wi-Fi', () => {
  const wifi: LinuxHost = { route: defaultRoute('wlan0'), hardware: ['wlan0'], wireless: ['wlan0'] };
  const devices = { wlan0: '192.0.2.2' };

  it.each([
    [0, 'unknown'],
    [1, true],
    [2, false],
    [3, true],
    [4, false],
  ])('NetworkManager’s metered %i is %s', async (value, metered) => {
    const programs = scriptedPrograms({ [manager]: managerAnswers(4, value, '802-3-ethernet') });
    const status = await onLinux({ route: defaultRoute('eth0') }, { eth0: '192.0.2.2' }, programs);
    expect(status).toEqual({ online: true, metered, wifiName: undefined });
  });

  it('finds the name by way of connection and access point', async () => {
    const programs = scriptedPrograms({
      [`${manager} /ac/1 ${'org.freedesktop.NetworkManager'}.Connection.Active SpecificObject`]:
        '{"type":"o","data":"/ap/7"}\n',
      [`${manager} /ap/7 ${'org.freedesktop.NetworkManager'}.AccessPoint Ssid`]: `{"type":"ay","data":[${[...Buffer.from('Café 5')]}]}\n`,
      [manager]: managerAnswers(4, 2, '802-11-wireless'),
    });
    expect(await onLinux(wifi, devices, programs)).toEqual({ online: true, metered: false, wifiName: 'Café 5' });
  });

  it('does not know the name when the chain breaks', async () => {
    const programs = scriptedPrograms({ [manager]: managerAnswers(4, 2, '802-11-wireless') });
    expect(await onLinux(wifi, devices, programs)).toMatchObject({ wifiName: 'unknown' });
  });

  it('asks nmcli where there is no busctl', async () => {
    const programs = scriptedPrograms({
      'nmcli -t -f GENERAL.TYPE,GENERAL.METERED device show wlan0':
        'GENERAL.TYPE:wifi\nGENERAL.METERED:yes (guessed)\n',
      'nmcli -t -f IN-USE,SSID device wifi list ifname wlan0': ' :Other\n*:a\\:b\\\\c\n :x\n',
    });
    expect(await onLinux(wifi, devices, programs)).toEqual({ online: true, metered: true, wifiName: 'a:b\\c' });
  });

  it('without NetworkManager: iw tells the name, nothing tells whether it is metered', async () => {
    const linked = 'Connected to 02:00 (on wlan0)\n\tSSID: Home net\n\tfreq: 5180\n';
    const programs = scriptedPrograms({ [manager]: { code: 1 }, 'iw dev wlan0 link': linked });
    expect(await onLinux(wifi, devices, programs)).toEqual({ online: true, metered: 'unknown', wifiName: 'Home net' });
    expect(await onLinux(wifi, devices, nobody)).toMatchObject({ wifiName: 'unknown' });
  });

  it('no Wi-Fi device with an address is no Wi-Fi', async () => {
    const status = await onLinux({ ...wifi, route: defaultRoute('eth0') }, { eth0: '192.0.2.2' }, nobody);
    expect(status).toMatchObject({ online: true, wifiName: undefined });
  });
});

describe('macosNetwork', () => {
  const ports =
    'Hardware Port: Ethernet\nDevice: en1\nEthernet Address: 02:00\n\nHardware Port: Wi-Fi\nDevice: en0\nEthernet Address: 02:01\n';
  const route =
    '   route to: default\ndestination: default\n    gateway: 192.0.2.1\n  interface: en0\n      flags: <UP,GATEWAY>\n';
  const base = { '/sbin/route -n get -inet default': route, '/sbin/route -n get -inet6': { code: 1 } };
  const named = { ...base, '/usr/sbin/networksetup -listallhardwareports': ports };
  const status = (answers: Parameters<typeof scriptedPrograms>[0], devices: Record<string, string>) =>
    macosNetwork({ run: scriptedPrograms(answers).run }).status(interfacesOf(devices), signal);

  it('reads route and name', async () => {
    const answers = {
      ...named,
      '/usr/sbin/ipconfig getsummary en0': '<dictionary> {\n  BSSID : 02:00\n  SSID : My net\n}\n',
    };
    expect(await status(answers, { en0: '192.0.2.2' })).toEqual({
      online: true,
      metered: 'unknown',
      wifiName: 'My net',
    });
  });

  it('a hidden name is unknown, an older system is asked by networksetup', async () => {
    const hidden = { ...named, '/usr/sbin/ipconfig getsummary en0': '  SSID : <redacted>\n' };
    const none = {
      ...hidden,
      '/usr/sbin/networksetup -getairportnetwork': 'You are not associated with an AirPort network.\n',
    };
    expect(await status(none, { en0: '192.0.2.2' })).toMatchObject({ wifiName: 'unknown' });
    const older = { ...named, '/usr/sbin/networksetup -getairportnetwork en0': 'Current Wi-Fi Network: Old net\n' };
    expect(await status(older, { en0: '192.0.2.2' })).toMatchObject({ wifiName: 'Old net' });
  });

  it('no route and no address is offline; without the programs it is unknown', async () => {
    const offline = { ...named, '/sbin/route -n get -inet default': { code: 1 } };
    expect(await status(offline, { utun3: '10.0.0.1' })).toEqual({
      online: false,
      metered: 'unknown',
      wifiName: undefined,
    });
    expect(await status({}, { en0: '192.0.2.2' })).toEqual({
      online: 'unknown',
      metered: 'unknown',
      wifiName: 'unknown',
    });
  });
});

describe('windowsNetwork', () => {
  const status = (answer: unknown, devices: Record<string, string> = { Ethernet: '192.0.2.2' }) =>
    windowsNetwork({ run: scriptedPrograms({ 'powershell.exe': `\uFEFF${JSON.stringify(answer)}\r\n` }).run }).status(
      interfacesOf(devices),
      signal,
    );

  it('reads level, cost and name', async () => {
    const free = { level: 3, cost: 1, roaming: false, overLimit: false };
    expect(await status({ ...free, wifi: true, ssid: 'Net' })).toEqual({
      online: true,
      metered: false,
      wifiName: 'Net',
    });
    expect(await status({ ...free, wifi: false, roaming: true })).toEqual({
      online: true,
      metered: true,
      wifiName: undefined,
    });
    expect(await status({ ...free, cost: 2, wifi: true })).toEqual({
      online: true,
      metered: true,
      wifiName: 'unknown',
    });
    expect(await status({ ...free, cost: 0, wifi: false })).toMatchObject({ metered: 'unknown' });
  });

  it('tells no network, a page to sign in and a local network apart', async () => {
    expect(await status({ level: 0 }, {})).toEqual({ online: false, metered: 'unknown', wifiName: undefined });
    expect(await status({ level: 0 })).toMatchObject({ online: 'unknown' });
    expect(await status({ level: 1 })).toMatchObject({ online: 'unknown' });
    expect(await status({ level: 2 })).toMatchObject({ online: false });
    expect(await status({ profiles: 1 })).toEqual({ online: true, metered: 'unknown', wifiName: 'unknown' });
    expect(await status({ profiles: 0 }, {})).toMatchObject({ online: false });
  });

  it('is unknown when the script fails', async () => {
    const { run } = scriptedPrograms({ 'powershell.exe': { code: 1 } });
    const answer = await windowsNetwork({ run }).status(interfacesOf({ Ethernet: '192.0.2.2' }), signal);
    expect(answer).toEqual({ online: 'unknown', metered: 'unknown', wifiName: 'unknown' });
  });
});

describe('systemNetwork', () => {
  const route = { '/sbin/route -n get -inet default': 'interface: en0\n', '/sbin/route': { code: 1 } };

  it('starts programs only when addresses changed, or after a while', async () => {
    const clock = new FakeClock();
    const programs = scriptedPrograms(route);
    let devices: Record<string, string> = { en0: '192.0.2.2' };
    const network = systemNetwork({
      platform: 'darwin',
      clock,
      run: programs.run,
      interfaces: () => interfacesOf(devices),
    });
    const runs = async (): Promise<number> => {
      programs.ran.length = 0;
      await network.status(signal);
      return programs.ran.length;
    };
    expect(await runs()).toBeGreaterThan(0);
    await clock.advance(60_000);
    expect(await runs()).toBe(0);
    devices = {};
    expect(await runs()).toBeGreaterThan(0);
    expect((await network.status(signal)).online).toBe(false);
    await clock.advance(20_000);
    expect(await runs(), 'being offline is looked at more often').toBeGreaterThan(0);
    devices = { en0: '192.0.2.2' };
    await network.status(signal);
    await clock.advance(300_000);
    expect(await runs()).toBeGreaterThan(0);
  });

  it('is unknown on a system that it does not know, and where interfaces may not be listed', async () => {
    const unknown = { online: 'unknown', metered: 'unknown', wifiName: 'unknown' };
    expect(await systemNetwork({ platform: 'freebsd' }).status(signal)).toEqual(unknown);
    const forbidden = (): never => {
      throw new Error('EPERM');
    };
    expect(await systemNetwork({ interfaces: forbidden }).status(signal)).toEqual(unknown);
  });

  it('answers for this machine, and passes cancelling on', async () => {
    const status = await systemNetwork().status(signal);
    expect([true, false, 'unknown']).toContain(status.online);
    await expect(systemNetwork().status(AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});
