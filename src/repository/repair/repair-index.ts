/**
 * Makes the index say what is there: packs that it misses are read, packs that are gone are forgotten, files of it that
 * cannot be read are replaced. No pack is changed or removed.
 *
 *   index files ──► list of packs ──► the headers of packs that are new or of another size ──► new index files ──► old removed
 */
import { mapBounded } from '../../base/concurrency.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import { IndexByPack } from '../index-by-pack.ts';
import type { RepositoryLock } from '../locks.ts';
import { type AddedPack, rewriteIndex } from '../prune/rewrite-index.ts';
import type { Repository } from '../repository.ts';

export interface RepairIndexOptions {
  readonly repository: Repository;
  /** Exclusive; a dry run may do without. */
  readonly lock: RepositoryLock | undefined;
  /** Trust no index file: read the header of every pack. */
  readonly readAllPacks: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface RepairIndexReport {
  /** Index files that could not be read. */
  readonly damagedIndexes: readonly Id[];
  /** Packs that no index named. */
  readonly added: readonly Id[];
  /** Packs of another size than the index said: read again. */
  readonly corrected: readonly Id[];
  /** Packs that are gone: forgotten. */
  readonly missing: readonly Id[];
  /** Packs whose header cannot be read: in no index now, and left where they are. */
  readonly unreadable: readonly { readonly id: Id; readonly reason: string }[];
  readonly indexesWritten: number;
  readonly indexesRemoved: number;
}

/** Headers that are read before what they say goes into an index file. */
const packsAtOnce = 64;

/** @throws `io` for a listing of packs that is not whole, or tells wrong sizes; `locked`; the backend's codes */
export async function repairIndex(given: RepairIndexOptions): Promise<RepairIndexReport> {
  const options = { ...given, repository: given.repository.withoutCache() };
  const { repository, lock, signal, readAllPacks } = options;
  const damagedIndexes: Id[] = [];
  const loaded = new Map<Id, Id[]>();
  const index = await repository.loadIndex(signal, {
    onDamaged: (id) => damagedIndexes.push(id),
    onPack: (packId, indexId) => loaded.set(packId, [...(loaded.get(packId) ?? []), indexId]),
  });
  const sound = soundOnly(loaded, damagedIndexes);
  const indexesOf = readAllPacks ? new Map<Id, Id[]>() : sound;
  const byPack = new IndexByPack(index);

  const added: Id[] = [];
  const corrected: Id[] = [];
  const toRead: { readonly id: Id; readonly sizeBytes: number }[] = [];
  const missing = new Set(sound.keys());
  let listed = 0;
  for await (const { name: id, sizeBytes } of repository.listFiles('data', signal)) {
    listed += 1;
    missing.delete(id);
    const isKnown = indexesOf.has(id);
    if (isKnown && byPack.sizeOf(index.addPack(id)) === sizeBytes) continue;
    if (isKnown) corrected.push(id);
    else if (!readAllPacks || !loaded.has(id)) added.push(id);
    toRead.push({ id, sizeBytes });
  }
  await confirmMissing(repository, missing, listed, signal);

  const unreadable: { id: Id; reason: string }[] = [];
  const headers = readHeaders(options, toRead, unreadable);
  const obsolete = readAllPacks ? [...index.files, ...damagedIndexes] : damagedIndexes;
  let changed = { written: 0, removed: 0 };
  if (options.dryRun || lock === undefined) {
    for await (const _ of headers); // so that it tells which cannot be read
  } else if (obsolete.length + toRead.length + missing.size > 0) {
    const drop = new Set([...missing, ...corrected]);
    const target = { repository, lock, signal, byPack, indexesOf, drop, added: headers, obsolete };
    changed = await rewriteIndex(target);
  }
  const failed = new Set(unreadable.map(({ id }) => id));
  return {
    damagedIndexes,
    added: added.filter((id) => !failed.has(id)),
    corrected: corrected.filter((id) => !failed.has(id)),
    missing: [...missing],
    unreadable,
    indexesWritten: changed.written,
    indexesRemoved: changed.removed,
  };
}

/** What a file said before the place where it is damaged is not to be trusted. */
function soundOnly(loaded: ReadonlyMap<Id, readonly Id[]>, damaged: readonly Id[]): Map<Id, Id[]> {
  const bad = new Set(damaged);
  const sound = new Map<Id, Id[]>();
  for (const [packId, files] of loaded) {
    const rest = files.filter((file) => !bad.has(file));
    if (rest.length > 0) sound.set(packId, rest);
  }
  return sound;
}

/** A pack is gone if asking for it says so: a listing alone may have broken off. */
async function confirmMissing(
  repository: Repository,
  missing: Set<Id>,
  listed: number,
  signal: AbortSignal,
): Promise<void> {
  if (listed === 0 && missing.size > 0) {
    throw new HoldfastError('io', `The index names ${missing.size} packs, but the store shows none.`, {
      hint: 'Nothing was changed. Make sure that the store is reachable and whole.',
      retry: 'backoff',
    });
  }
  await mapBounded([...missing], repository.backend.connections, signal, async (name) => {
    try {
      await repository.backend.stat({ type: 'data', name }, signal);
    } catch (error) {
      if (isHoldfastError(error, 'not-found')) return;
      throw error;
    }
    throw new HoldfastError('io', `The listing of packs is not whole: it leaves out ${name}, which is there.`, {
      hint: 'Nothing was changed. Try again.',
      retry: 'backoff',
    });
  });
}

/** A header lies at the end of its pack: it is not read where the listing tells another size than the pack has. */
async function confirmSize(repository: Repository, name: Id, listed: number, signal: AbortSignal): Promise<void> {
  const { sizeBytes } = await repository.backend.stat({ type: 'data', name }, signal);
  if (sizeBytes === listed) return;
  throw new HoldfastError(
    'io',
    `The listing of packs is wrong: it says that ${name} has ${listed} bytes, and it has ${sizeBytes}.`,
    { hint: 'No index file was removed. Try again.', retry: 'backoff' },
  );
}

async function* readHeaders(
  { repository, signal, onProgress }: RepairIndexOptions,
  packs: readonly { readonly id: Id; readonly sizeBytes: number }[],
  unreadable: { id: Id; reason: string }[],
): AsyncGenerator<AddedPack> {
  for (let at = 0; at < packs.length; at += packsAtOnce) {
    const some = packs.slice(at, at + packsAtOnce);
    const read = await mapBounded(some, repository.backend.connections, signal, async ({ id, sizeBytes }) => {
      try {
        return { id, blobs: (await repository.packReader.listPack(id, signal, sizeBytes)).blobs };
      } catch (error) {
        if (!isHoldfastError(error, 'corrupt')) throw error;
        await confirmSize(repository, id, sizeBytes, signal);
        unreadable.push({ id, reason: messageOf(error) });
        return undefined;
      }
    });
    onProgress?.(Math.min(packs.length, at + packsAtOnce), packs.length);
    for (const pack of read) if (pack !== undefined) yield pack;
  }
}
