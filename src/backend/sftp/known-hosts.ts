/**
 * known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): which keys of a server the user trusts. Plain, pattern and hashed names,
 * `[host]:port`, `@revoked`. Lines of `@cert-authority` and lines that are none are passed over.
 */
import { createHash, createHmac } from 'node:crypto';

export interface KnownKeys {
  /** Base64 of the keys that may be the server's. */
  readonly trusted: ReadonlySet<string>;
  /** Base64 of the keys that nobody must have any more. */
  readonly revoked: ReadonlySet<string>;
  /** Types of the trusted keys: "ssh-ed25519" … */
  readonly types: readonly string[];
}

/** What known_hosts calls a server. */
export function knownName(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

/** What these texts say of a server of that name. */
export function knownKeys(texts: readonly string[], name: string): KnownKeys {
  const trusted = new Set<string>();
  const revoked = new Set<string>();
  const types = new Set<string>();
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const fields = line.trim().split(/\s+/);
    if (line.trim().startsWith('#')) continue;
    const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined;
    const [hosts, type, key] = fields;
    if (hosts === undefined || type === undefined || key === undefined || marker === '@cert-authority') continue;
    if (marker === '@revoked' && (hosts === '*' || isNamed(hosts, name))) revoked.add(key);
    else if (marker === undefined && isNamed(hosts, name)) {
      trusted.add(key);
      types.add(type);
    }
  }
  return { trusted, revoked, types: [...types] };
}

/** As `ssh-keygen -l` writes it: "SHA256:…". @param key the key's blob */
export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a key's blob names itself: its first string (RFC 4253, section 6.6). */
export function keyType(key: Uint8Array): string {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const length = key.length < 4 ? 0 : view.getUint32(0);
  return length === 0 || length > 64 || length + 4 > key.length
    ? 'unknown'
    : Buffer.from(key.buffer, key.byteOffset + 4, length).toString('latin1');
}

function isNamed(hosts: string, name: string): boolean {
  if (hosts.startsWith('|1|')) return isHashOf(hosts, name);
  let found = false;
  for (const pattern of hosts.split(',')) {
    const negated = pattern.startsWith('!');
    if (!matches(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/** `|1|salt|hash`: HMAC-SHA1 of the name. */
function isHashOf(hashed: string, name: string): boolean {
  const [, , salt = '', hash = ''] = hashed.split('|');
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name.toLowerCase()).digest('base64') === hash;
}

/** `*` and `?` stand for what they usually do. */
function matches(pattern: string, name: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 'i').test(name);
}
