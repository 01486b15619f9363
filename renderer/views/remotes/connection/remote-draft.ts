/** A remote as it is typed, and as the agent takes it. Pure. */
import type { RemoteInput } from '../../../../src/config/remote.ts';
import type { RemoteView } from '../remote-view.ts';

export type Dialect = RemoteInput['dialect'];

interface DialectForm {
  /** It needs to be told which organization, server or stack. */
  readonly hasScope: boolean;
  /** Of the dialect (src/remote/dialects/<name>/client.ts); the first value is what it does unless told. */
  readonly setting?: { readonly name: 'header' | 'routes'; readonly values: readonly string[] };
}

export const dialects: Readonly<Record<Dialect, DialectForm>> = {
  organizations: { hasScope: true, setting: { name: 'header', values: ['token', 'Token', 'Bearer'] } },
  fa: { hasScope: false, setting: { name: 'routes', values: ['auto', 'document', 'product'] } },
  panel: { hasScope: true },
  stacks: { hasScope: true },
};
export const dialectNames = Object.keys(dialects) as readonly Dialect[];

export function newRemote(dialect: Dialect): RemoteInput {
  return { name: '', dialect, baseUrl: '', allowInsecure: false, settings: {}, pollMinutes: 15 };
}

/** What was said of the server stays; settings are of a dialect. */
export function withDialect(
  { name, baseUrl, allowInsecure, scope, pollMinutes }: RemoteInput,
  dialect: Dialect,
): RemoteInput {
  const kept = dialects[dialect].hasScope && scope !== undefined ? { scope } : {};
  return { ...newRemote(dialect), name, baseUrl, allowInsecure, pollMinutes, ...kept };
}

/** One that was not named is called like its server. */
export function remoteInputOf({ scope = '', ...remote }: RemoteInput): RemoteInput {
  const baseUrl = remote.baseUrl.trim();
  const named = remote.name.trim();
  const name = named !== '' ? named : URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl;
  return { ...remote, baseUrl, name, ...(scope.trim() === '' ? {} : { scope: scope.trim() }) };
}

export function draftOf({ remote }: RemoteView): RemoteInput {
  const { id: _id, createdAt: _createdAt, revision: _revision, ...draft } = remote;
  return draft;
}

/** Whatever can be tried out. */
export function isComplete({ dialect, baseUrl, scope = '' }: RemoteInput): boolean {
  return baseUrl.trim() !== '' && (!dialects[dialect].hasScope || scope.trim() !== '');
}

/** Its credential would travel unencrypted to another machine. */
export function isPlainHttp({ baseUrl }: RemoteInput): boolean {
  const url = URL.parse(baseUrl.trim());
  return url?.protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname);
}
