/** Writes a server's key that the user has accepted to known_hosts, so that ssh and restic know it as well. */
import { createHmac, randomBytes } from 'node:crypto';
import { appendFile, mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { keyType, knownKeys } from './known-hosts.ts';
import { readIfThere } from './ssh-config.ts';
import type { SshTarget } from './target.ts';

/** Does nothing where it is known there by now. A file that cannot be written is left: the destination's settings have the key. */
export async function rememberHostKey(
  { knownAs, knownHostsFile, hashKnownHosts }: Pick<SshTarget, 'knownAs' | 'knownHostsFile' | 'hashKnownHosts'>,
  key: Buffer,
): Promise<void> {
  // "none" is no file (ssh_config(5), UserKnownHostsFile), and tokens like %h are not expanded here.
  if (basename(knownHostsFile) === 'none' || knownHostsFile.includes('%')) return;
  try {
    const text = (await readIfThere(knownHostsFile))?.toString('utf8') ?? '';
    const base64 = key.toString('base64');
    if (knownKeys([text], knownAs).trusted.has(base64)) return;
    const name = hashKnownHosts ? hashed(knownAs) : knownAs;
    const before = text === '' || text.endsWith('\n') ? '' : '\n';
    await mkdir(dirname(knownHostsFile), { recursive: true, mode: 0o700 });
    await appendFile(knownHostsFile, `${before}${name} ${keyType(key)} ${base64}\n`, { mode: 0o600 });
  } catch {}
}

/** As HashKnownHosts has them: `|1|salt|HMAC-SHA1 of the name`. */
function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name.toLowerCase()).digest('base64')}`;
}
