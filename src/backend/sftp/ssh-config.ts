/**
 * What OpenSSH's own client is told of a host: ~/.ssh/config before /etc/ssh/ssh_config, with what they include (ssh_config(5)). `Match` is left
 * out: it may run programs.
 */
import { readFile } from 'node:fs/promises';
import { withIncludes } from './ssh-includes.ts';

export interface HostConfig {
  readonly hostName: string | undefined;
  readonly user: string | undefined;
  readonly port: number | undefined;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  readonly knownHostsFiles: readonly string[];
  readonly hostKeyAlias: string | undefined;
  readonly hashKnownHosts: boolean;
  /** `[user@]host[:port]` or `ssh://…`, in the order in which they are passed through. */
  readonly jumps: readonly string[];
}

const systemConfig = '/etc/ssh/ssh_config';

/** @param path of the user's file */
export async function readSshConfig(path: string, host: string): Promise<HostConfig> {
  const { default: SSHConfig } = await import('ssh-config');
  // The user's last section ends where the system's file begins.
  const parsed = SSHConfig.parse([path, systemConfig].map(withIncludes).join('\nHost *\n'));
  const kept = new SSHConfig(...parsed.filter((line) => !('param' in line && line.param.toLowerCase() === 'match')));
  const found = kept.compute(host, { ignoreCase: true });
  const first = (name: string): string | undefined => [found[name] ?? []].flat()[0];
  const isOn = (name: string): boolean => first(name)?.toLowerCase() === 'yes';
  const port = Number(first('port'));
  const jump = first('proxyjump') ?? 'none';
  return {
    hostName: first('hostname')?.replaceAll('%h', host),
    user: first('user'),
    port: Number.isInteger(port) && port > 0 ? port : undefined,
    identityFiles: [found.identityfile ?? []].flat(),
    identitiesOnly: isOn('identitiesonly'),
    knownHostsFiles: [found.userknownhostsfile ?? []].flat().flatMap((files) => files.split(/\s+/)),
    hostKeyAlias: first('hostkeyalias'),
    hashKnownHosts: isOn('hashknownhosts'),
    jumps: jump.toLowerCase() === 'none' ? [] : jump.split(/\s*,\s*/),
  };
}

/** What cannot be read does not help; what is missing is said when nothing else works. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined;
  }
}
