/**
 * Replaces index files so that they say what is there after packs were added or are about to be removed.
 *
 *   new index files: packs that stay of the files that go, and the new packs ──► durable
 *   then the old files are removed. A kill between leaves both: they say the same of what is in both
 *
 * Files that name none of the packs to drop are left as they are, unless they are small: those are joined.
 */
import type { Id } from '../../format/id.ts';
import { MAX_INDEX_BLOBS } from '../../format/index-file.ts';
import type { PackedBlob } from '../../format/pack-header.ts';
import type { IndexByPack } from '../index-by-pack.ts';
import { IndexSaver } from '../index-saver.ts';
import { type RemovalOptions, removeFiles } from './guarded-removal.ts';

export interface AddedPack {
  readonly id: Id;
  readonly blobs: readonly PackedBlob[];
}

export interface RewriteIndexOptions extends RemovalOptions {
  readonly byPack: IndexByPack;
  /** The index files that name each pack (LoadIndexOptions.onPack). */
  readonly indexesOf: ReadonlyMap<Id, readonly Id[]>;
  /** Packs that no index shall name. */
  readonly drop: ReadonlySet<Id>;
  /** Durable packs that no index names yet; taken one by one. */
  readonly added: Iterable<AddedPack> | AsyncIterable<AddedPack>;
  /** Index files that go in any case: damaged ones. */
  readonly obsolete?: readonly Id[];
  /** Runs when the new files are durable, before the old ones are removed; throwing keeps them. */
  readonly beforeRemoval?: () => Promise<void>;
}

/** Gives how many index files were written and removed. */
export async function rewriteIndex(options: RewriteIndexOptions): Promise<{ written: number; removed: number }> {
  const { repository, lock, byPack, indexesOf, drop, added, signal } = options;
  const { index } = repository;
  const goes = filesToReplace(options);
  const saver = new IndexSaver(repository, { commit: lock.commit });
  for (const [id, files] of indexesOf) {
    if (drop.has(id) || !files.every((file) => goes.has(file))) continue;
    saver.addPack(id, byPack.blobsOf(index.addPack(id)));
    await saver.saveFull(signal);
  }
  for await (const { id, blobs } of added) {
    saver.addPack(id, blobs);
    await saver.saveFull(signal);
  }
  const written = (await saver.flush(signal)).length;
  await options.beforeRemoval?.();
  await removeFiles('index', goes, { repository, lock, signal });
  return { written, removed: goes.size };
}

function filesToReplace({ repository, byPack, indexesOf, drop, obsolete = [] }: RewriteIndexOptions): Set<Id> {
  const goes = new Set(obsolete);
  const blobCounts = new Map<Id, number>();
  for (const [id, files] of indexesOf) {
    const count = byPack.entriesOf(repository.index.addPack(id)).length + byPack.copiesIn(id).length;
    for (const file of files) {
      if (drop.has(id) || files.length > 1) goes.add(file);
      blobCounts.set(file, (blobCounts.get(file) ?? 0) + count);
    }
  }
  const small = [...blobCounts].filter(([file, count]) => !goes.has(file) && count < MAX_INDEX_BLOBS / 2);
  if (goes.size + small.length > 1) for (const [file] of small) goes.add(file);
  // Files without any pack say nothing.
  for (const file of repository.index.files) if (!blobCounts.has(file)) goes.add(file);
  return goes;
}
