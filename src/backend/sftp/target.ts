/**
 * Which server to connect to, as whom, and with what: from the location, the destination's credentials, and what OpenSSH's own
 * client would take from ~/.ssh (config: HostName, User, Port, IdentityFile, IdentitiesOnly, UserKnownHostsFile, HostKeyAlias,
 * HashKnownHosts, ProxyJump; keys; known_hosts).
 *
 * Credentials: `password`, `keyFile`, `passphrase` (of the key), `hostKey` ("ssh-ed25519 AAAA…", trusted beside known_hosts),
 * `sshFolder` (in place of ~/.ssh). The agent of SSH_AUTH_SOCK is asked too, unless a key file is named. The password is for the
 * server itself, never for those that are passed through on the way.
 */
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { HoldfastError } from '../../base/errors.ts';
import { knownName } from './known-hosts.ts';
import { readIfThere, readSshConfig } from './ssh-config.ts';

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly passphrase: string | undefined;
  /** Path of the agent's socket. */
  readonly agent: string | undefined;
  /** Of the agent's keys, only those that are among the key files. */
  readonly onlyKeyFiles: boolean;
  readonly keyFiles: readonly KeyFile[];
  /** The name of the server in known_hosts. */
  readonly knownAs: string;
  /** Contents of known_hosts files. */
  readonly knownHosts: readonly string[];
  /** Where a key that the user accepted is written to, and whether under a hashed name. */
  readonly knownHostsFile: string;
  readonly hashKnownHosts: boolean;
  /** A key that the user has accepted, in base64. */
  readonly acceptedKey: string | undefined;
  /** The server that is passed through on the way. */
  readonly jump: SshTarget | undefined;
}

export interface KeyFile {
  readonly path: string;
  readonly content: Buffer;
  /** What lies beside it as `.pub`. */
  readonly publicContent: Buffer | undefined;
}

/** What of a location names the server. */
export interface SshPlace {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

type Credentials = Readonly<Record<string, string>>;

const usualKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const systemKnownHosts = '/etc/ssh/ssh_known_hosts';
const mostJumps = 8;

/** @throws `invalid-input` for a ProxyJump that is none, or that leads in a circle */
export function resolveTarget(location: SshPlace, credentials: Credentials): Promise<SshTarget> {
  return resolve(location, credentials, { jumps: undefined, depth: 0 });
}

/** @param jumps those before it, where its own configuration does not say */
async function resolve(
  location: SshPlace,
  credentials: Credentials,
  { jumps, depth }: { readonly jumps: readonly string[] | undefined; readonly depth: number },
): Promise<SshTarget> {
  const folder = credentials.sshFolder ?? join(homedir(), '.ssh');
  const config = await readSshConfig(join(folder, 'config'), location.host);
  const expand = (path: string): string => path.replace(/^~(?=\/|$)/, homedir());
  const named = credentials.keyFile === undefined ? config.identityFiles : [credentials.keyFile];
  const keyPaths = named.length > 0 ? named.map(expand) : usualKeys.map((name) => join(folder, name));
  const knownHostsFiles =
    config.knownHostsFiles.length > 0 ? config.knownHostsFiles.map(expand) : [join(folder, 'known_hosts')];
  const known = await Promise.all([...knownHostsFiles, systemKnownHosts].map(readIfThere));
  const host = config.hostName ?? location.host;
  const port = location.port ?? config.port ?? 22;
  const via = jumps === undefined || jumps.length === 0 ? config.jumps : jumps;
  return {
    host,
    port,
    user: location.user ?? config.user ?? userInfo().username,
    password: credentials.password,
    passphrase: credentials.passphrase,
    agent: credentials.keyFile === undefined ? process.env.SSH_AUTH_SOCK : undefined,
    onlyKeyFiles: config.identitiesOnly,
    keyFiles: (await Promise.all(keyPaths.map(readKeyFile))).flat(),
    knownAs: config.hostKeyAlias ?? knownName(host, port),
    knownHosts: known.map((content) => content?.toString('utf8') ?? ''),
    knownHostsFile: knownHostsFiles[0]!,
    hashKnownHosts: config.hashKnownHosts,
    acceptedKey: credentials.hostKey?.trim().split(/\s+/)[1],
    jump: await resolveJump(via, credentials, depth),
  };
}

/** The last of them, which is reached by those before it; the first one by what its own configuration says. */
async function resolveJump(
  jumps: readonly string[],
  credentials: Credentials,
  depth: number,
): Promise<SshTarget | undefined> {
  const last = jumps.at(-1);
  if (last === undefined) return undefined;
  const [, user, host = '', port] =
    /^(?:ssh:\/\/)?(?:([^@/]+)@)?(\[[^\]/]+\]|[^:/@]+)(?::(\d{1,5}))?\/?$/i.exec(last) ?? [];
  if (host === '' || host.startsWith('-') || depth >= mostJumps) {
    const why = depth >= mostJumps ? 'leads in a circle' : 'names no host';
    throw new HoldfastError('invalid-input', `ProxyJump "${last}" of the SSH configuration ${why}.`, {
      hint: 'Write user@host:port, several with commas between them.',
    });
  }
  const { password: _, ...others } = credentials;
  const place = { user, host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? undefined : Number(port) };
  return resolve(place, others, { jumps: jumps.slice(0, -1), depth: depth + 1 });
}

async function readKeyFile(path: string): Promise<KeyFile[]> {
  const [content, publicContent] = await Promise.all([path, `${path}.pub`].map(readIfThere));
  return content === undefined ? [] : [{ path, content, publicContent }];
}
