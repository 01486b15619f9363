/**
 * Which server to connect to, as whom, and with what: from the location, the destination's credentials, and what OpenSSH's own
 * client would take from ~/.ssh (config: HostName, User, Port, IdentityFile, UserKnownHostsFile; keys; known_hosts).
 *
 * Credentials: `password`, `keyFile`, `passphrase` (of the key), `hostKey` ("ssh-ed25519 AAAA…", trusted beside known_hosts),
 * `sshFolder` (in place of ~/.ssh). The agent of SSH_AUTH_SOCK is asked too, unless a key file is named.
 */
import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { SftpLocation } from './location.ts';

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly passphrase: string | undefined;
  /** Path of the agent's socket. */
  readonly agent: string | undefined;
  readonly keyFiles: readonly KeyFile[];
  /** Contents of known_hosts files. */
  readonly knownHosts: readonly string[];
  /** Where a key that the user accepts may be written to, for hints. */
  readonly knownHostsFile: string;
}

export interface KeyFile {
  readonly path: string;
  readonly content: Buffer;
}

const usualKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const systemKnownHosts = '/etc/ssh/ssh_known_hosts';

export async function resolveTarget(
  location: SftpLocation,
  credentials: Readonly<Record<string, string>>,
): Promise<SshTarget> {
  const folder = credentials.sshFolder ?? join(homedir(), '.ssh');
  const config = await readSshConfig(join(folder, 'config'), location.host);
  const expand = (path: string): string => path.replace(/^~(?=\/|$)/, homedir());
  const named = credentials.keyFile === undefined ? config.identityFiles : [credentials.keyFile];
  const keyPaths = named.length > 0 ? named.map(expand) : usualKeys.map((name) => join(folder, name));
  const keyFiles = await Promise.all(
    keyPaths.map(async (path) => {
      const content = await readIfThere(path);
      return content === undefined ? [] : [{ path, content }];
    }),
  );
  const knownHostsFiles =
    config.knownHostsFiles.length > 0 ? config.knownHostsFiles.map(expand) : [join(folder, 'known_hosts')];
  const known = await Promise.all([...knownHostsFiles, systemKnownHosts].map(readIfThere));
  const host = config.hostName ?? location.host;
  const port = location.port ?? config.port ?? 22;
  const accepted =
    credentials.hostKey === undefined ? [] : [`${port === 22 ? host : `[${host}]:${port}`} ${credentials.hostKey}`];
  return {
    host,
    port,
    user: location.user ?? config.user ?? userInfo().username,
    password: credentials.password,
    passphrase: credentials.passphrase,
    agent: credentials.keyFile === undefined ? process.env.SSH_AUTH_SOCK : undefined,
    keyFiles: keyFiles.flat(),
    knownHosts: [...known.map((content) => content?.toString('utf8') ?? ''), ...accepted],
    knownHostsFile: knownHostsFiles[0]!,
  };
}

interface HostConfig {
  readonly hostName: string | undefined;
  readonly user: string | undefined;
  readonly port: number | undefined;
  readonly identityFiles: readonly string[];
  readonly knownHostsFiles: readonly string[];
}

const nothingConfigured: HostConfig = {
  hostName: undefined,
  user: undefined,
  port: undefined,
  identityFiles: [],
  knownHostsFiles: [],
};

/** `Match` is left out: it may run programs. */
async function readSshConfig(path: string, host: string): Promise<HostConfig> {
  const text = (await readIfThere(path))?.toString('utf8') ?? '';
  if (text === '') return nothingConfigured;
  const { default: SSHConfig } = await import('ssh-config');
  const parsed = SSHConfig.parse(text);
  const kept = new SSHConfig(...parsed.filter((line) => !('param' in line && line.param.toLowerCase() === 'match')));
  const found = kept.compute(host, { ignoreCase: true });
  const first = (name: string): string | undefined => [found[name] ?? []].flat()[0];
  const port = Number(first('port'));
  return {
    hostName: first('hostname')?.replaceAll('%h', host),
    user: first('user'),
    port: Number.isInteger(port) && port > 0 ? port : undefined,
    identityFiles: [found.identityfile ?? []].flat(),
    knownHostsFiles: [found.userknownhostsfile ?? []].flat().flatMap((files) => files.split(/\s+/)),
  };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined; // what cannot be read does not help; what is missing is said when nothing else works
  }
}
