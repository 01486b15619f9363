/**
 * How much of each pack is needed. Of a blob that lies in several packs one copy is, chosen as restic does
 * (repository/prune.go, packInfoFromIndex): where other blobs are needed anyway, and whole packs of copies (left by a
 * prune that was interrupted) before parts of packs. Copies in packs that are gone do not count.
 */
import { HEADER_LENGTH_BYTES, type PackedBlob } from '../../format/pack-header.ts';
import { sealOverhead } from '../crypto.ts';
import { blobAt, headerEntryBytes, type IndexByPack } from '../index-by-pack.ts';
import { packedBlob, type RepositoryIndex } from '../repository-index.ts';
import { minCompressBytes } from './blob-copier.ts';
import type { PruneStats } from './stats.ts';

export const holdsData = 1;
export const holdsTrees = 2;

/** By pack number of the blob table. */
export interface PackTally {
  readonly usedBlobs: Uint32Array;
  /** Copies that were not chosen included. */
  readonly unusedBlobs: Uint32Array;
  /** The pack's header included. */
  readonly usedBytes: Float64Array;
  readonly unusedBytes: Float64Array;
  /** `holdsData`, `holdsTrees` or both. */
  readonly kinds: Uint8Array;
  /** 1 where something could be compressed and is not. */
  readonly uncompressed: Uint8Array;
}

/** One place of a blob that lies in several packs. */
export interface BlobPlace {
  readonly pack: number;
  readonly blob: PackedBlob;
}

/**
 * @param used a byte for each entry of the blob table
 * @param isPresent whether the pack of that number is in the store
 */
export function tallyPacks(
  index: RepositoryIndex,
  byPack: IndexByPack,
  used: Uint8Array,
  isPresent: (pack: number) => boolean,
  stats: PruneStats,
): PackTally {
  const { blobs } = index;
  const count = blobs.packCount;
  const tally = {
    usedBlobs: new Uint32Array(count),
    unusedBlobs: new Uint32Array(count),
    usedBytes: new Float64Array(count).fill(sealOverhead + HEADER_LENGTH_BYTES),
    unusedBytes: new Float64Array(count),
    kinds: new Uint8Array(count),
    uncompressed: new Uint8Array(count),
  };
  const copiedBlobs = new Uint32Array(count);
  const add = (pack: number, blob: PackedBlob, isUsed: boolean): void => {
    tally.kinds[pack] = tally.kinds[pack]! | (blob.type === 'data' ? holdsData : holdsTrees);
    if (blob.uncompressedLength === undefined && blob.length - sealOverhead >= minCompressBytes) {
      tally.uncompressed[pack] = 1;
    }
    tally.usedBytes[pack] = tally.usedBytes[pack]! + headerEntryBytes(blob);
    if (isUsed) {
      tally.usedBlobs[pack]! += 1;
      tally.usedBytes[pack]! += blob.length;
    } else {
      tally.unusedBlobs[pack]! += 1;
      tally.unusedBytes[pack]! += blob.length;
    }
  };

  for (let pack = 0; pack < count; pack++) {
    for (const entry of byPack.entriesOf(pack)) {
      if (index.duplicates.has(entry)) continue;
      const blob = blobAt(index, entry);
      const isUsed = used[entry] === 1;
      add(pack, blob, isUsed);
      stats.blobs[isUsed ? 'used' : 'unused'] += 1;
      stats.bytes[isUsed ? 'used' : 'unused'] += blob.length;
    }
  }
  for (const entry of index.duplicates.keys()) {
    for (const { pack, blob } of placesOf(index, entry)) {
      add(pack, blob, false);
      if (used[entry] === 1) copiedBlobs[pack]! += 1;
      stats.blobs[used[entry] === 1 ? 'duplicate' : 'unused'] += 1;
      stats.bytes[used[entry] === 1 ? 'duplicate' : 'unused'] += blob.length;
    }
  }
  for (const entry of index.duplicates.keys()) {
    if (used[entry] !== 1) continue;
    const all = placesOf(index, entry);
    const present = all.filter(({ pack }) => isPresent(pack));
    const candidates = present.length > 0 ? present : all;
    const { pack, blob } =
      candidates.find(
        (place) => tally.usedBlobs[place.pack]! > 0 || copiedBlobs[place.pack] === tally.unusedBlobs[place.pack],
      ) ?? candidates.at(-1)!;
    tally.usedBlobs[pack]! += 1;
    tally.usedBytes[pack]! += blob.length;
    tally.unusedBlobs[pack]! -= 1;
    tally.unusedBytes[pack]! -= blob.length;
    stats.blobs.used += 1;
    stats.bytes.used += blob.length;
    stats.blobs.duplicate -= 1;
    stats.bytes.duplicate -= blob.length;
  }
  return tally;
}

/** Every place of an entry. */
export function placesOf(index: RepositoryIndex, entry: number): BlobPlace[] {
  const { blobs } = index;
  const copies = (index.duplicates.get(entry) ?? []).map((copy) => ({
    pack: index.addPack(copy.packId),
    blob: packedBlob(blobs.type(entry), blobs.id(entry), copy),
  }));
  return [{ pack: blobs.pack(entry), blob: blobAt(index, entry) }, ...copies];
}
