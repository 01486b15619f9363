/**
 * NetworkManager's answers: over D-Bus by `busctl` (part of systemd), or by `nmcli` where there is no busctl.
 * D-Bus is asked first, as its types do not depend on the language or version.
 */
import type { NetworkStatus } from '../network.ts';
import type { RunProgram } from '../run-program.ts';

export interface ManagerAnswer {
  /** 'portal': the network shows a page to sign in. */
  readonly connectivity: 'portal' | 'other';
  readonly metered: NetworkStatus['metered'];
  readonly wifiName: NetworkStatus['wifiName'];
}

interface Question {
  readonly run: RunProgram;
  readonly signal: AbortSignal;
  /** The device that nmcli is asked about. */
  readonly device: string | undefined;
}

/** Undefined where NetworkManager does not run. */
export async function askNetworkManager(question: Question): Promise<ManagerAnswer | undefined> {
  const answer = await askBus(question);
  return answer === 'no-busctl' ? askNmcli(question) : answer;
}

const service = 'org.freedesktop.NetworkManager';
const root = '/org/freedesktop/NetworkManager';
const wifiType = '802-11-wireless';

async function askBus(question: Question): Promise<ManagerAnswer | undefined | 'no-busctl'> {
  const names = ['Connectivity', 'Metered', 'PrimaryConnection', 'PrimaryConnectionType'];
  const values = await properties(question, root, service, names);
  if (values === 'no-busctl' || values === undefined) return values;
  const [connectivity, metered, connection, type] = values;
  return {
    connectivity: connectivity === 2 ? 'portal' : 'other', // NM_CONNECTIVITY_PORTAL
    metered: meteredOf(metered),
    wifiName: type === wifiType ? await ssidOf(question, connection) : undefined,
  };
}

/** NMMetered: 0 unknown, 1 yes, 2 no, 3 guessed yes, 4 guessed no. A guess counts, as GNOME has it. */
function meteredOf(value: unknown): NetworkStatus['metered'] {
  if (value === 1 || value === 3) return true;
  return value === 2 || value === 4 ? false : 'unknown';
}

/** Of a Wi-Fi connection the "specific object" is the access point, and that has the name, in bytes. */
async function ssidOf(question: Question, connection: unknown): Promise<string> {
  if (typeof connection !== 'string') return 'unknown';
  const [point] = await listed(question, connection, `${service}.Connection.Active`, 'SpecificObject');
  if (typeof point !== 'string' || point === '/') return 'unknown';
  const [ssid] = await listed(question, point, `${service}.AccessPoint`, 'Ssid');
  if (!Array.isArray(ssid) || ssid.length === 0) return 'unknown';
  return Buffer.from(ssid.filter((byte) => typeof byte === 'number')).toString('utf8');
}

async function listed(question: Question, path: string, type: string, name: string): Promise<unknown[]> {
  const values = await properties(question, path, type, [name]);
  return Array.isArray(values) ? values : [];
}

async function properties(
  { run, signal }: Question,
  path: string,
  type: string,
  names: readonly string[],
): Promise<unknown[] | undefined | 'no-busctl'> {
  const { code, stdout } = await run(
    'busctl',
    ['--system', '--json=short', '--timeout=3', 'get-property', service, path, type, ...names],
    { signal },
  );
  if (code === 'missing') return 'no-busctl';
  if (code !== 0) return undefined;
  const values = stdout.split('\n').filter(Boolean).map(dataOf);
  return values.length === names.length ? values : undefined;
}

/** A line is `{"type":"u","data":4}`. */
function dataOf(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'data' in value ? value.data : undefined;
  } catch {
    return undefined;
  }
}

async function askNmcli({ run, signal, device }: Question): Promise<ManagerAnswer | undefined> {
  if (device === undefined) return undefined;
  const fields = 'GENERAL.TYPE,GENERAL.METERED';
  const shown = await run('nmcli', ['-t', '-f', fields, 'device', 'show', device], { signal });
  if (shown.code !== 0) return undefined;
  const isWifi = /^GENERAL\.TYPE:wifi$/m.test(shown.stdout);
  const metered = /^GENERAL\.METERED:(yes|no)/m.exec(shown.stdout)?.[1];
  return {
    connectivity: 'other',
    metered: metered === undefined ? 'unknown' : metered === 'yes',
    wifiName: isWifi ? await nmcliSsid(run, device, signal) : undefined,
  };
}

/** Terse output separates by colons, and puts a backslash before those (and backslashes) of a name. */
async function nmcliSsid(run: RunProgram, device: string, signal: AbortSignal): Promise<string> {
  const args = ['-t', '-f', 'IN-USE,SSID', 'device', 'wifi', 'list', 'ifname', device, '--rescan', 'no'];
  const { stdout } = await run('nmcli', args, { signal });
  const name = /^\*:(.+)$/m.exec(stdout)?.[1];
  return name === undefined ? 'unknown' : name.replace(/\\(.)/g, '$1');
}
