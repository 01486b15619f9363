/**
 * What a prune is going to do, decided as restic decides (repository/prune.go, decidePackAction). Pure: it looks at
 * lists and numbers only. A dry run is just the plan.
 *
 *   a pack that no index names                    → remove
 *   a pack of which nothing is needed             → remove
 *   needed, but gone, or of another size          → error: nothing is done
 *   a mix of trees and data, trees uncompressed or with unused ones, far too small, much of it unused
 *                                                 → pack anew, the worst first, within the limits
 *   the rest                                      → keep
 */
import { HoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import type { IndexByPack } from '../index-by-pack.ts';
import type { RepositoryIndex } from '../repository-index.ts';
import { holdsData, holdsTrees, type PackTally, tallyPacks } from './pack-tally.ts';
import { emptyStats, type PruneStats, sumUp } from './stats.ts';

export interface PruneLimits {
  /** How many unused bytes may stay, by how many are used. restic's default: 5 % of what is left. */
  readonly maxUnusedBytes: (usedBytes: number) => number;
  /** Stop packing anew at so many bytes; Infinity for no limit. */
  readonly maxRepackBytes: number;
  /** Pack only packs of trees anew. */
  readonly repackCacheableOnly: boolean;
  /** Pack everything anew that is not compressed. */
  readonly repackUncompressed: boolean;
  /** Pack everything anew that is smaller than that; restic's rule of thumb if it is left out. */
  readonly smallPackBytes?: number;
}

export interface PrunePlan {
  /** Packs that no index names. */
  readonly unreferenced: readonly Id[];
  /** Numbers of packs in the blob table. */
  readonly remove: readonly number[];
  readonly repack: readonly number[];
  /** Packs that are gone and that nothing needs: the index forgets them. */
  readonly missing: readonly number[];
  readonly stats: PruneStats;
}

export interface PlanInput {
  readonly index: RepositoryIndex;
  readonly byPack: IndexByPack;
  /** A byte for each entry of the blob table. */
  readonly used: Uint8Array;
  /** Every pack in the store and its size. */
  readonly listed: ReadonlyMap<Id, number>;
  readonly version: 1 | 2;
  readonly limits: PruneLimits;
}

/** restic's: 5 % of what is there after pruning. */
export function unusedShare(percent: number): PruneLimits['maxUnusedBytes'] {
  return (usedBytes) => Math.floor((percent / (100 - percent)) * usedBytes);
}

const minPackBytes = 4 * 1024 * 1024;
/** Fewer small packs than this are not worth the trouble, and one that is left over is no reason to pack for ever. */
const minSmallPacks = 10;

interface Candidate {
  readonly pack: number;
  readonly mustCompress: boolean;
}

/** @throws `corrupt` where packs that are needed are gone or of another size */
export function planPrune(input: PlanInput): PrunePlan {
  const { index, byPack, used, listed, limits } = input;
  const { blobs } = index;
  const stats = emptyStats();
  const packIds = Array.from({ length: blobs.packCount }, (_, pack) => blobs.packId(pack));
  const tally = tallyPacks(index, byPack, used, (pack) => listed.has(packIds[pack]!), stats);
  const sizeOf = (pack: number): number => tally.usedBytes[pack]! + tally.unusedBytes[pack]!;

  const known = new Set(packIds);
  const unreferenced = [...listed.keys()].filter((id) => !known.has(id));
  for (const id of unreferenced) stats.bytes.unreferenced += listed.get(id)!;

  const targetBytes = targetPackBytes(packIds, sizeOf, limits);
  const remove: number[] = [];
  const missing: number[] = [];
  const needed: Id[] = [];
  const candidates: Candidate[] = [];
  const small: Candidate[] = [];
  for (const [pack, id] of packIds.entries()) {
    const isListed = listed.has(id);
    if (isListed) countPack(stats, tally, pack);
    if (tally.usedBlobs[pack] === 0) {
      (isListed ? remove : missing).push(pack);
      stats.blobs.remove += tally.unusedBlobs[pack]!;
      stats.bytes.remove += tally.unusedBytes[pack]!;
      continue;
    }
    if (listed.get(id) !== sizeOf(pack)) {
      needed.push(id);
      continue;
    }
    const kinds = tally.kinds[pack]!;
    if (tally.uncompressed[pack] === 1 && input.version > 1) stats.bytes.uncompressed += sizeOf(pack);
    const mustCompress =
      input.version > 1 && tally.uncompressed[pack] === 1 && (kinds === holdsTrees || limits.repackUncompressed);
    if (limits.repackCacheableOnly && kinds === holdsData) stats.packs.keep += 1;
    else if (tally.unusedBlobs[pack] === 0 && kinds !== holdsData + holdsTrees && !mustCompress) {
      if (sizeOf(pack) >= targetBytes) stats.packs.keep += 1;
      else small.push({ pack, mustCompress });
    } else candidates.push({ pack, mustCompress });
  }
  if (needed.length > 0) throw damagedPacks(needed, listed);

  if (small.length < minSmallPacks && limits.smallPackBytes === undefined) stats.packs.keep += small.length;
  else if (small.length < 2) stats.packs.keep += small.length;
  else candidates.push(...small);
  candidates.sort((a, b) => byUrgency(a.pack, b.pack, tally, targetBytes));
  const repack = chooseRepack(candidates, tally, targetBytes, limits, stats);

  stats.packs.unreferenced = unreferenced.length;
  stats.packs.remove = remove.length;
  stats.packs.repack = repack.length;
  stats.packs.missing = missing.length;
  sumUp(stats);
  return { unreferenced, remove, repack, missing, stats };
}

function countPack({ packs }: PruneStats, { usedBlobs, unusedBlobs }: PackTally, pack: number): void {
  if (usedBlobs[pack] === 0) packs.unused += 1;
  else if (unusedBlobs[pack] === 0) packs.used += 1;
  else packs.partlyUsed += 1;
}

/** Packs below it are too small: 80 % of what 97 % of all packs reach, or of the smallest regular size. */
function targetPackBytes(packIds: readonly Id[], sizeOf: (pack: number) => number, limits: PruneLimits): number {
  if (limits.smallPackBytes !== undefined) return limits.smallPackBytes;
  const sizes = Float64Array.from(packIds, (_, pack) => sizeOf(pack)).sort();
  const low = sizes[Math.floor((sizes.length * 3) / 100)] ?? 0;
  return (Math.max(minPackBytes, low) * 4) / 5;
}

/** Trees and mixed packs first, then small ones, then by the share that is unused. */
function byUrgency(a: number, b: number, tally: PackTally, targetBytes: number): number {
  const isData = (pack: number): number => (tally.kinds[pack] === holdsData ? 1 : 0);
  const isLarge = (pack: number): number => (tally.usedBytes[pack]! + tally.unusedBytes[pack]! < targetBytes ? 0 : 1);
  return (
    isData(a) - isData(b) ||
    isLarge(a) - isLarge(b) ||
    tally.unusedBytes[b]! * tally.usedBytes[a]! - tally.unusedBytes[a]! * tally.usedBytes[b]!
  );
}

function chooseRepack(
  candidates: readonly Candidate[],
  tally: PackTally,
  targetBytes: number,
  limits: PruneLimits,
  stats: PruneStats,
): number[] {
  const { blobs, bytes, packs } = stats;
  const mayStayBytes = limits.maxUnusedBytes(bytes.used);
  const repack: number[] = [];
  for (const { pack, mustCompress } of candidates) {
    const size = tally.usedBytes[pack]! + tally.unusedBytes[pack]!;
    const unusedBytes = bytes.duplicate + bytes.unused - bytes.remove - bytes.repackRemove;
    const isFine =
      tally.kinds[pack] === holdsData && !mustCompress && unusedBytes <= mayStayBytes && size >= targetBytes;
    if (bytes.repack + size >= limits.maxRepackBytes || isFine) {
      packs.keep += 1;
      continue;
    }
    repack.push(pack);
    blobs.repack += tally.unusedBlobs[pack]! + tally.usedBlobs[pack]!;
    bytes.repack += size;
    blobs.repackRemove += tally.unusedBlobs[pack]!;
    bytes.repackRemove += tally.unusedBytes[pack]!;
    if (tally.uncompressed[pack] === 1) bytes.uncompressed = Math.max(0, bytes.uncompressed - size);
  }
  return repack;
}

function damagedPacks(ids: readonly Id[], listed: ReadonlyMap<Id, number>): HoldfastError {
  const named = ids
    .slice(0, 5)
    .map((id) => `${id} (${listed.has(id) ? 'of another size than the index says' : 'gone'})`);
  return new HoldfastError(
    'corrupt',
    `Nothing was pruned, because ${ids.length} packs that snapshots need are damaged: ${named.join(', ')}`,
    { hint: 'Run check to see what is damaged, then repair index.', context: { packs: ids.length } },
  );
}
