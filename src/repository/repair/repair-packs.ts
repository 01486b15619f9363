/**
 * Takes damaged packs out of the repository and keeps what is sound in them.
 *
 *   every blob that the index or the pack's own header names: read, checked, stored anew
 *   new packs durable ──► new index without the damaged packs ──► old index files ──► damaged packs removed
 *
 * What is lost is named: blobs of which no sound copy is left, and the files that miss them.
 */
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import type { PackedBlob } from '../../format/pack-header.ts';
import { nameDamage } from '../check/name-damage.ts';
import type { DamagedFile, LostBlobs } from '../check/report.ts';
import { IndexByPack } from '../index-by-pack.ts';
import type { RepositoryLock } from '../locks.ts';
import { removeFiles } from '../prune/guarded-removal.ts';
import { rewriteIndex } from '../prune/rewrite-index.ts';
import type { Repository } from '../repository.ts';
import { listSnapshots } from '../snapshots.ts';
import { BlobSaver } from './blob-saver.ts';

export interface RepairPacksOptions {
  readonly repository: Repository;
  readonly packIds: readonly Id[];
  /** Exclusive; a dry run may do without. */
  readonly lock: RepositoryLock | undefined;
  readonly dryRun: boolean;
  /** Called with each pack's bytes as they are, before anything is changed: to keep a copy. */
  readonly onPack?: (packId: Id, bytes: Uint8Array) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface RepairPacksReport {
  readonly savedBlobs: number;
  /** Blobs of which no sound copy is left. */
  readonly lostBlobs: readonly { readonly type: PackedBlob['type']; readonly id: Id }[];
  /** What misses them; `repair snapshots` takes them out. */
  readonly damagedFiles: readonly DamagedFile[];
  readonly removedPacks: readonly Id[];
}

/** A pack that a cache has whole is salvaged from there. @throws `not-found` for a pack that neither store nor index knows; `locked`; the backend's codes */
export async function repairPacks(options: RepairPacksOptions): Promise<RepairPacksReport> {
  const { repository, lock, dryRun, signal } = options;
  const packIds = [...new Set(options.packIds)];
  const indexesOf = new Map<Id, Id[]>();
  const index = await repository.loadIndex(signal, {
    onPack: (packId, indexId) => indexesOf.set(packId, [...(indexesOf.get(packId) ?? []), indexId]),
  });
  const byPack = new IndexByPack(index);
  await keepCopies(options, packIds, (id) => index.hasPack(id));

  await using saver = new BlobSaver(repository, signal);
  const found = new Set<string>();
  const wanted = new Map<string, PackedBlob>();
  for (const [number, packId] of packIds.entries()) {
    for (const blob of await blobsOfPack(repository, byPack, packId, signal)) {
      const key = keyOf(blob);
      wanted.set(key, blob);
      if (found.has(key)) continue;
      const plain = await readSound(repository, packId, blob, signal);
      if (plain === undefined) continue;
      found.add(key);
      if (!dryRun) await saver.save(blob.type, blob.id, plain);
    }
    options.onProgress?.(number + 1, packIds.length);
  }
  const lost = await lostBlobs(repository, new Set(packIds), wanted, found, signal);
  const damaged = await filesThatMiss(repository, lost, signal);
  if (!dryRun && lock !== undefined) {
    const added = await saver.finish();
    const removal = { repository, lock, signal };
    await rewriteIndex({ ...removal, byPack, indexesOf, drop: new Set(packIds), added });
    await removeFiles('data', packIds, removal);
  }
  return { savedBlobs: found.size, lostBlobs: lost, damagedFiles: damaged, removedPacks: dryRun ? [] : packIds };
}

async function keepCopies(
  { repository, onPack, dryRun, signal }: RepairPacksOptions,
  packIds: readonly Id[],
  isIndexed: (id: Id) => boolean,
): Promise<void> {
  for (const name of packIds) {
    try {
      if (onPack === undefined || dryRun) await repository.backend.stat({ type: 'data', name }, signal);
      else await onPack(name, await repository.backend.read({ type: 'data', name }, signal));
    } catch (error) {
      if (!isHoldfastError(error, 'not-found') || !isIndexed(name)) throw error;
    }
  }
}

/** What the index says of a pack, and what its own header says, should they differ. */
async function blobsOfPack(
  repository: Repository,
  byPack: IndexByPack,
  packId: Id,
  signal: AbortSignal,
): Promise<PackedBlob[]> {
  const { index } = repository;
  const indexed = index.hasPack(packId) ? byPack.blobsOf(index.addPack(packId)) : [];
  try {
    const { blobs } = await repository.packReader.listPack(packId, signal);
    return [...indexed, ...blobs];
  } catch (error) {
    if (!isHoldfastError(error, 'corrupt', 'not-found')) throw error;
    return indexed;
  }
}

async function readSound(
  repository: Repository,
  packId: Id,
  blob: PackedBlob,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    return await repository.packReader.readBlob(packId, blob, signal);
  } catch (error) {
    if (!isHoldfastError(error, 'corrupt', 'not-found')) throw error;
    return undefined;
  }
}

async function lostBlobs(
  repository: Repository,
  removed: ReadonlySet<Id>,
  wanted: ReadonlyMap<string, PackedBlob>,
  found: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<{ type: PackedBlob['type']; id: Id }[]> {
  const lost: { type: PackedBlob['type']; id: Id }[] = [];
  for (const [key, { type, id }] of wanted) {
    if (found.has(key)) continue;
    const elsewhere = repository.index.locations(type, id).filter(({ packId }) => !removed.has(packId));
    let isSound = false;
    for (const { packId, offset, length, uncompressedLength } of elsewhere) {
      const blob = { type, id, offset, length, ...(uncompressedLength === undefined ? {} : { uncompressedLength }) };
      isSound ||= (await readSound(repository, packId, blob, signal)) !== undefined;
    }
    if (!isSound) lost.push({ type, id });
  }
  return lost;
}

async function filesThatMiss(
  repository: Repository,
  lost: readonly { readonly type: PackedBlob['type']; readonly id: Id }[],
  signal: AbortSignal,
): Promise<DamagedFile[]> {
  if (lost.length === 0) return [];
  const blobs: LostBlobs = { data: new Set(), trees: new Set() };
  for (const { type, id } of lost) (type === 'data' ? blobs.data : blobs.trees).add(id);
  const snapshots = await listSnapshots(repository, { signal, onDamaged: () => undefined });
  return (await nameDamage(repository, snapshots, blobs, signal)).files;
}

function keyOf({ type, id }: PackedBlob): string {
  return `${type} ${id}`;
}

/** @throws `invalid-input` for what is no pack's id */
export function parsePackIds(texts: readonly string[]): Id[] {
  for (const text of texts) {
    if (/^[0-9a-f]{64}$/.test(text)) continue;
    throw new HoldfastError('invalid-input', `"${text}" is no id of a pack.`, {
      hint: 'Give the 64 characters that check names.',
    });
  }
  return [...texts];
}
