/**
 * Addresses of a remote backup API: what may be a base URL, and how the URL of one request is made from it.
 *
 * Guarantees: a path never leaves the base's own path (no `..`, no other host); no address carries a user, a password or, in a base
 * URL, a query; plain http only goes to this machine, unless the user allowed it.
 */
import { HoldfastError } from '../../base/errors.ts';

/** One value, or several under the same name; undefined ones are left out. */
export type QueryValue = string | number | boolean | undefined | readonly (string | number | boolean)[];
export type Query = Readonly<Record<string, QueryValue>>;

/**
 * The base URL that a user gave, without a slash at its end.
 *
 * @throws HoldfastError `invalid-input`, which never repeats a password that stands in it
 */
export function parseBaseUrl(text: string, allowInsecure: boolean): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url === undefined || url.host === '') {
    throw badAddress('The address of the remote is no URL.', 'Give it in full, as https://backup.example.com/api.');
  }
  requireAllowed(url, allowInsecure);
  if (url.search !== '' || url.hash !== '') {
    throw badAddress(
      `The address of the remote on ${url.host} has a "?" or "#" in it.`,
      'Give the part before it; credentials have a field of their own.',
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** @throws HoldfastError `invalid-input`: not http(s), a login in the URL, or plain http to another machine */
export function requireAllowed(url: URL, allowInsecure: boolean): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw badAddress('The address of a remote must begin with https://.', 'Check how the address begins.');
  }
  if (url.username !== '' || url.password !== '') {
    throw badAddress(
      `The address on ${url.host} has a user or password in it.`,
      'Leave them out of the address; credentials have a field of their own.',
    );
  }
  if (url.protocol === 'http:' && !allowInsecure && !isLoopback(url.hostname)) {
    throw badAddress(
      `The address http://${url.host} is not encrypted: everybody on the way could read the credential and the data.`,
      'Use https://, or allow unencrypted connections for this remote.',
    );
  }
}

/**
 * The URL of a request: the base's own path is kept before `path`.
 *
 * @param path begins with "/", and is encoded already (`urlPath`)
 */
export function requestUrl(base: URL, path: string, query: Query = {}): URL {
  const url = new URL(base);
  const prefix = base.pathname.replace(/\/+$/, '');
  const [plain = '', hasQuery] = [path.split(/[?#]/, 1)[0], /[?#]/.test(path)];
  url.pathname = prefix + plain;
  // A URL drops "." and ".." silently: what is asked for then would not be what was said.
  const dotted = plain.split(/[/\\]/).some((part) => /^(\.|%2e){1,2}$/i.test(part));
  if (!path.startsWith('/') || hasQuery || dotted) {
    throw new HoldfastError('invalid-input', 'A request to the remote has a path that cannot be used.', {
      hint: 'Check the names and ids that were given for this remote.',
    });
  }
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) url.searchParams.append(name, String(one));
    }
  }
  return url;
}

/**
 * A path of parts that are encoded: urlPath`/servers/${id}/backups`.
 *
 * @throws HoldfastError `invalid-input` for a part that is empty, "." or ".."
 */
export function urlPath(texts: TemplateStringsArray, ...parts: readonly (string | number)[]): string {
  const encoded = parts.map((part) => {
    const text = String(part).toWellFormed();
    if (text === '' || text === '.' || text === '..') {
      throw new HoldfastError('invalid-input', `"${text}" cannot be a name or id of the remote.`);
    }
    return encodeURIComponent(text);
  });
  return String.raw({ raw: texts }, ...encoded);
}

/** This machine itself: nothing goes over a wire. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function badAddress(message: string, hint: string): HoldfastError {
  return new HoldfastError('invalid-input', message, { hint });
}
