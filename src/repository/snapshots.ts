/**
 * Snapshots of a repository: list, load, save, remove, find by what a user types, group.
 *
 * Filters and grouping mean what restic's mean (internal/data/snapshot_find.go, snapshot_group.go). A damaged snapshot
 * is an error that names it, unless the caller takes damaged ones by `onDamaged`; it is never silently left out.
 */
import { mapBounded } from '../base/concurrency.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../base/errors.ts';
import { parseTime } from '../format/go-time.ts';
import type { Id } from '../format/id.ts';
import { encodeSnapshot, parseSnapshot, type Snapshot } from '../format/snapshot.ts';
import type { Commit, Repository } from './repository.ts';

/** A snapshot and its file's id. */
export interface StoredSnapshot {
  readonly id: Id;
  readonly snapshot: Snapshot;
  /** `snapshot.time` in nanoseconds since the epoch. */
  readonly timeNs: bigint;
}

/** All given conditions must hold. An empty or missing list asks for nothing. */
export interface SnapshotFilter {
  /** One of these host names. */
  readonly hosts?: readonly string[];
  /** At least one of these lists has all its tags on the snapshot. An empty string in a list means "has no tags". */
  readonly tags?: readonly (readonly string[])[];
  /** The snapshot has all of these paths, written as in the snapshot (absolute). */
  readonly paths?: readonly string[];
  /** Not later than this, nanoseconds since the epoch. */
  readonly notAfterNs?: bigint;
}

export interface ListSnapshotsOptions {
  readonly signal: AbortSignal;
  readonly filter?: SnapshotFilter;
  /** Takes damaged snapshots instead of failing. */
  readonly onDamaged?: (id: Id, error: HoldfastError) => void;
}

/** The snapshots that match, oldest first. */
export async function listSnapshots(repository: Repository, options: ListSnapshotsOptions): Promise<StoredSnapshot[]> {
  const { signal, filter = {}, onDamaged } = options;
  const files = repository.listFiles('snapshot', signal);
  const loaded = await mapBounded(files, repository.backend.connections, signal, async ({ name }) => {
    try {
      return await loadSnapshot(repository, name, signal);
    } catch (error) {
      if (isHoldfastError(error, 'not-found')) return undefined; // forgotten since the listing
      if (onDamaged === undefined || !isHoldfastError(error, 'corrupt')) throw error;
      onDamaged(name, error);
      return undefined;
    }
  });
  return loaded
    .filter((stored) => stored !== undefined)
    .filter((stored) => matchesFilter(stored, filter))
    .sort(byTime);
}

/** @throws `corrupt` naming the snapshot; `not-found` */
export async function loadSnapshot(repository: Repository, id: Id, signal: AbortSignal): Promise<StoredSnapshot> {
  const json = await repository.readUnpacked('snapshot', id, signal);
  try {
    const snapshot = parseSnapshot(json);
    return { id, snapshot, timeNs: parseTime(snapshot.time) };
  } catch (error) {
    throw new HoldfastError('corrupt', `The snapshot ${id} is damaged: ${messageOf(error)}`, {
      context: { type: 'snapshot', name: id },
      cause: error,
    });
  }
}

/** Stores a snapshot durably by the lock's `commit`; gives its id. All it refers to must be in the index already. */
export function saveSnapshot(commit: Commit, snapshot: Snapshot, signal: AbortSignal): Promise<Id> {
  return commit('snapshot', encodeSnapshot(snapshot), signal);
}

/** A snapshot's fields as restic's JSON has them. */
export function snapshotFields(snapshot: Snapshot): Record<string, unknown> {
  return JSON.parse(Buffer.from(encodeSnapshot(snapshot)).toString('utf8'));
}

/** Removes a snapshot. Its data stays until prune. One that is gone already is no error. */
export function removeSnapshot(repository: Repository, id: Id, signal: AbortSignal): Promise<void> {
  return repository.removeFile('snapshot', id, signal);
}

/** What a user's text for a snapshot stands for. */
export interface ResolvedSnapshot extends StoredSnapshot {
  /** What followed a ":": a folder in the snapshot; empty if there was none. */
  readonly subfolder: string;
}

/**
 * Finds the snapshot that a text names: `latest` (of those that match the filter), an id, or the start of one; each may
 * be followed by `:` and a folder.
 *
 * @throws `not-found`; `invalid-input` for a prefix of several snapshots, listing them
 */
export async function resolveSnapshot(
  repository: Repository,
  text: string,
  options: ListSnapshotsOptions,
): Promise<ResolvedSnapshot> {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const subfolder = colon < 0 ? '' : text.slice(colon + 1);
  if (name !== 'latest') {
    const id = await resolveId(repository, name, options.signal);
    return { ...(await loadSnapshot(repository, id, options.signal)), subfolder };
  }
  const latest = (await listSnapshots(repository, options)).at(-1);
  if (latest === undefined) {
    throw new HoldfastError('not-found', 'No snapshot matches.', {
      hint: 'List the snapshots, and check host, tags and paths.',
    });
  }
  return { ...latest, subfolder };
}

async function resolveId(repository: Repository, prefix: string, signal: AbortSignal): Promise<Id> {
  if (!/^[0-9a-f]{1,64}$/.test(prefix)) {
    throw new HoldfastError('invalid-input', `"${prefix}" names no snapshot.`, {
      hint: 'Give "latest", or the id of a snapshot or its first characters.',
    });
  }
  if (prefix.length === 64) return prefix;
  const matches: Id[] = [];
  for await (const { name } of repository.listFiles('snapshot', signal))
    if (name.startsWith(prefix)) matches.push(name);
  const [first] = matches;
  if (first === undefined) {
    throw new HoldfastError('not-found', `No snapshot's id starts with ${prefix}.`, { hint: 'List the snapshots.' });
  }
  if (matches.length === 1) return first;
  const list = matches.sort().map((id) => id.slice(0, Math.max(8, prefix.length + 4)));
  throw new HoldfastError(
    'invalid-input',
    `The ids of ${matches.length} snapshots start with ${prefix}: ${list.join(', ')}`,
    {
      hint: 'Give more characters of the id.',
      context: { matches: matches.join(' ') },
    },
  );
}

export function matchesFilter({ snapshot, timeNs }: StoredSnapshot, filter: SnapshotFilter): boolean {
  const { hosts = [], tags = [], paths = [], notAfterNs } = filter;
  const own = snapshot.tags ?? [];
  const hasTag = (tag: string): boolean => (tag === '' ? own.length === 0 : own.includes(tag));
  return (
    (hosts.length === 0 || hosts.includes(snapshot.hostname ?? '')) &&
    (tags.length === 0 || tags.some((list) => list.every(hasTag))) &&
    paths.every((path) => snapshot.paths.includes(path)) &&
    (notAfterNs === undefined || timeNs <= notAfterNs)
  );
}

/** Which properties make a group. */
export interface GroupBy {
  readonly host: boolean;
  readonly paths: boolean;
  readonly tags: boolean;
}

export interface SnapshotGroup {
  /** What the group's snapshots have in common; only what was grouped by. Lists are sorted. */
  readonly key: { readonly hostname?: string; readonly paths?: readonly string[]; readonly tags?: readonly string[] };
  /** In the order of the input. */
  readonly snapshots: readonly StoredSnapshot[];
}

/** Reads restic's `--group-by`: a comma-separated list of host, paths and tags. Throws `invalid-input`. */
export function parseGroupBy(text: string): GroupBy {
  const groupBy = { host: false, paths: false, tags: false };
  for (const part of text.split(',').map((word) => word.trim())) {
    if (part === 'host' || part === 'hosts') groupBy.host = true;
    else if (part === 'path' || part === 'paths') groupBy.paths = true;
    else if (part === 'tag' || part === 'tags') groupBy.tags = true;
    else if (part !== '') {
      throw new HoldfastError('invalid-input', `Snapshots cannot be grouped by "${part}".`, {
        hint: 'Give any of host, paths, tags, separated by commas.',
      });
    }
  }
  return groupBy;
}

/** Snapshots with equal host, paths and tags (as asked for) together, groups in the order of their first snapshots. */
export function groupSnapshots(snapshots: readonly StoredSnapshot[], groupBy: GroupBy): SnapshotGroup[] {
  const groups = new Map<string, { key: SnapshotGroup['key']; snapshots: StoredSnapshot[] }>();
  for (const stored of snapshots) {
    const { hostname = '', paths, tags = [] } = stored.snapshot;
    const key = {
      ...(groupBy.host ? { hostname } : {}),
      ...(groupBy.paths ? { paths: paths.toSorted() } : {}),
      ...(groupBy.tags ? { tags: tags.toSorted() } : {}),
    };
    const text = JSON.stringify(key);
    const group = groups.get(text) ?? { key, snapshots: [] };
    group.snapshots.push(stored);
    groups.set(text, group);
  }
  return [...groups.values()];
}

function byTime(a: StoredSnapshot, b: StoredSnapshot): number {
  if (a.timeNs !== b.timeNs) return a.timeNs < b.timeNs ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
