/** From what a user calls a repository's place (`-r`) to its backend. */
import { HoldfastError } from '../base/errors.ts';
import type { Backend, BackendPlace } from './backend.ts';
import { cached } from './decorators/cache/cached.ts';
import { retrying } from './decorators/retry.ts';
import { openLocalBackend } from './local/local-backend.ts';
import { openRestBackend } from './rest/rest-backend.ts';
import { openS3Backend } from './s3/s3-backend.ts';
import { openSftpBackend } from './sftp/sftp-backend.ts';

/** Opens the backend for `rest`, which is what stands behind "kind:" in the place's location. Does no I/O. */
export type OpenBackend = (rest: string, place: BackendPlace) => Backend;

/** The kinds of location that there are. */
export const backendKinds: Readonly<Record<string, OpenBackend>> = {
  local: (path) => openLocalBackend(path),
  rest: overNetwork(openRestBackend),
  s3: overNetwork(openS3Backend),
  sftp: overNetwork(openSftpBackend),
};

/** What every store beyond a network needs. */
function overNetwork(open: OpenBackend): OpenBackend {
  return (rest, place) => {
    const backend = retrying(open(rest, place));
    return place.cacheFolder === undefined ? backend : cached(backend, { folder: place.cacheFolder });
  };
}

/**
 * Opens the backend of a place, or of a location that needs nothing else: a path, or `kind:rest`. One letter before the colon is a Windows drive, so
 * `C:\backup` is a path; so is whatever has a slash before the first colon, and `./a:b`.
 *
 * @throws `invalid-input` for an empty location or an unknown kind, with the kinds there are
 */
export function openBackend(
  place: string | BackendPlace,
  kinds: Readonly<Record<string, OpenBackend>> = backendKinds,
): Backend {
  const at = typeof place === 'string' ? { location: place } : place;
  const { location } = at;
  const match = /^([A-Za-z][A-Za-z0-9+-]+):(.*)$/s.exec(location);
  const [kind, rest] = match === null ? ['local', location] : [match[1]?.toLowerCase() ?? '', match[2] ?? ''];
  const open = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (open === undefined) {
    throw new HoldfastError('invalid-input', `There is no kind of repository "${kind}" (in "${kind}:…").`, {
      hint: `Use a path, or one of: ${Object.keys(kinds)
        .sort()
        .map((name) => `${name}:`)
        .join(', ')}. A path with a colon needs "./" or "local:" before it.`,
    });
  }
  if (rest === '') {
    throw new HoldfastError('invalid-input', 'The location of the repository is empty.', {
      hint: 'Give a path, for example /mnt/disk/backup.',
    });
  }
  return open(rest, at);
}
