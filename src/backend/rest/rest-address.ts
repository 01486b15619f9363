/**
 * Where a REST server is and who asks it, from `https://user:pass@host:port/path/` and what else the place says.
 *
 * Plain http is spoken where the location says `http:` and nowhere else: nothing is ever downgraded, and no redirect is followed, so
 * that a password goes where the user sent it. User and password come from the credentials, else the URL, else the environment.
 */
import { HoldfastError } from '../../base/errors.ts';
import type { BackendPlace } from '../backend.ts';

export interface RestAddress {
  /** With a slash at its end and without user and password: may be shown. */
  readonly url: URL;
  /** The header, where there is a user or a password. Secret. */
  readonly authorization: string | undefined;
}

/** The environment variables that restic documents for this backend. */
export interface RestEnvironment {
  readonly RESTIC_REST_USERNAME?: string | undefined;
  readonly RESTIC_REST_PASSWORD?: string | undefined;
}

/** @throws `invalid-input`, without the text itself: it may hold a password */
export function parseRestAddress(
  text: string,
  credentials: BackendPlace['credentials'] = {},
  environment: RestEnvironment = process.env,
): RestAddress {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new HoldfastError('invalid-input', 'The location of the REST server is no web address.', {
      hint: 'Write it as rest:https://host:port/path/ (or rest:http://… where nobody listens in).',
    });
  }
  const authorization = authorizationOf(url, credentials, environment);
  url.username = '';
  url.password = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { url, authorization };
}

function authorizationOf(
  url: URL,
  credentials: NonNullable<BackendPlace['credentials']>,
  environment: RestEnvironment,
): string | undefined {
  const inUrl = url.username !== '' || url.password !== '';
  const user = credentials.username ?? (inUrl ? decoded(url.username) : environment.RESTIC_REST_USERNAME);
  const password = credentials.password ?? (inUrl ? decoded(url.password) : environment.RESTIC_REST_PASSWORD);
  if (user === undefined && password === undefined) return undefined;
  return `Basic ${Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64')}`;
}

/** A stray % stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
