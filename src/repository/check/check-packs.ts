/** What the index says of packs, against the packs that are there, and against what other index files say. */
import type { Id } from '../../format/id.ts';
import { scanIndex } from '../../format/index-file.ts';
import type { IndexByPack } from '../index-by-pack.ts';
import type { Repository } from '../repository.ts';
import type { CheckError, CheckHint } from './report.ts';

/** A pack that is there and that an index names. */
export interface IndexedPack {
  readonly packId: Id;
  /** Its number in the blob table. */
  readonly pack: number;
  /** Of the file. */
  readonly sizeBytes: number;
  readonly isSizeRight: boolean;
}

export interface PackCheckOptions {
  readonly repository: Repository;
  readonly byPack: IndexByPack;
  /** The index files that name a pack. */
  readonly indexesOf: ReadonlyMap<Id, readonly Id[]>;
  readonly onError: (error: CheckError) => void;
  readonly onHint: (hint: CheckHint) => void;
  readonly signal: AbortSignal;
}

export interface PackCheck {
  readonly present: IndexedPack[];
  readonly missing: Set<Id>;
}

export async function checkPacks(options: PackCheckOptions): Promise<PackCheck> {
  const { repository, byPack, onError, onHint, signal } = options;
  const { index } = repository;
  const listed = new Map<Id, number>();
  for await (const { name, sizeBytes } of repository.listFiles('data', signal)) listed.set(name, sizeBytes);
  const present: IndexedPack[] = [];
  const missing = new Set<Id>();
  for (let pack = 0; pack < index.blobs.packCount; pack++) {
    const packId = index.blobs.packId(pack);
    const sizeBytes = listed.get(packId);
    if (sizeBytes === undefined) {
      missing.add(packId);
      onError({ kind: 'pack-missing', id: packId, message: `The pack ${packId} is missing.` });
      continue;
    }
    listed.delete(packId);
    const expected = byPack.sizeOf(pack);
    present.push({ packId, pack, sizeBytes, isSizeRight: sizeBytes === expected });
    if (sizeBytes !== expected) {
      const message = `The pack ${packId} has ${sizeBytes} bytes, and ${expected} by the index.`;
      onError({ kind: 'pack-size', id: packId, message });
    }
    if (isMixed(options, pack)) {
      onHint({ kind: 'pack-mixed', id: packId, message: `The pack ${packId} holds trees and data.` });
    }
  }
  for (const packId of listed.keys()) {
    onHint({ kind: 'pack-unindexed', id: packId, message: `The pack ${packId} is in no index.` });
  }
  await compareIndexes(options);
  return { present, missing };
}

function isMixed({ repository, byPack }: PackCheckOptions, pack: number): boolean {
  const { blobs } = repository.index;
  const entries = byPack.entriesOf(pack);
  const copies = byPack.copiesIn(blobs.packId(pack));
  const type = entries.length > 0 ? blobs.type(entries[0]!) : copies[0]?.blob.type;
  return entries.some((entry) => blobs.type(entry) !== type) || copies.some(({ blob }) => blob.type !== type);
}

/** Packs that several index files name must be the same in all of them. */
async function compareIndexes({ repository, indexesOf, onError, onHint, signal }: PackCheckOptions): Promise<void> {
  const shared = new Map([...indexesOf].filter(([, files]) => new Set(files).size > 1 || files.length > 1));
  if (shared.size === 0) return;
  const versions = new Map<Id, Set<string>>();
  for (const file of new Set([...shared.values()].flat())) {
    const blobsOf = new Map<Id, string[]>();
    let current: string[] | undefined;
    scanIndex(await repository.readUnpacked('index', file, signal), {
      pack(id) {
        current = shared.has(id) ? (blobsOf.get(id) ?? []) : undefined;
        if (current !== undefined) blobsOf.set(id, current);
      },
      blob: ({ type, id, offset, length, uncompressedLength }) =>
        current?.push(`${offset} ${length} ${uncompressedLength ?? 0} ${type} ${id}`),
    });
    for (const [packId, blobs] of blobsOf) {
      const known = versions.get(packId) ?? new Set();
      known.add(blobs.sort().join('\n'));
      versions.set(packId, known);
    }
  }
  for (const [packId, files] of shared) {
    const where = [...new Set(files)].join(', ');
    if ((versions.get(packId)?.size ?? 0) > 1) {
      const message = `Index files say different things about the pack ${packId}: ${where}`;
      onError({ kind: 'index-conflict', id: packId, message });
    } else {
      const message = `The pack ${packId} is in several index files: ${where}`;
      onHint({ kind: 'pack-indexed-twice', id: packId, message });
    }
  }
}
