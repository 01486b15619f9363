/**
 * Every tree that can be reached from some roots, each once, in the order that reads fastest: for check, prune and repair,
 * which look at all of them.
 *
 *   take the trees that wait ──► by pack: read neighbours at once, decrypt many at once ──► visit ──► their subtrees wait
 *
 * Trees are handed on as bytes and not kept; what is in memory is the list of trees that wait, and a bit a blob.
 */
import { mapBounded } from '../base/concurrency.ts';
import { type HoldfastError, isHoldfastError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import type { PackedBlob } from '../format/pack-header.ts';
import type { Repository } from './repository.ts';
import { packedBlob } from './repository-index.ts';

export interface SweepOptions {
  readonly signal: AbortSignal;
  /** Takes trees that cannot be read, or that `visit` finds damaged, instead of failing. */
  readonly onDamaged?: (treeId: Id, error: HoldfastError) => void;
  /** Told after each batch: trees seen so far, trees known to be there. */
  readonly onProgress?: (done: number, known: number) => void;
}

const batchTrees = 8192;
const readsAtOnce = 2;
/** Trees lie side by side in their packs: reading over what is not asked for is cheap up to here. */
const maxGapBytes = 64 * 1024;

/**
 * @param visit gets a tree's bytes (a view: use them at once) and gives the trees that it refers to
 * @throws `not-found` for a tree that is in no index and `corrupt` for a damaged one, unless `onDamaged` takes them
 */
export async function sweepTrees(
  repository: Repository,
  roots: Iterable<Id>,
  options: SweepOptions,
  visit: (treeId: Id, bytes: Uint8Array) => Iterable<Id>,
): Promise<void> {
  const { signal, onDamaged } = options;
  const { index, packReader } = repository;
  const seen = new Uint8Array(index.blobs.size);
  const seenMissing = new Set<Id>();
  const waiting: Id[] = [];
  let done = 0;
  let known = 0;

  const meet = (id: Id): void => {
    const entry = index.blobs.find('tree', id);
    if (entry < 0 ? seenMissing.has(id) : seen[entry] === 1) return;
    if (entry < 0) seenMissing.add(id);
    else seen[entry] = 1;
    known += 1;
    waiting.push(id);
  };
  const failed = (id: Id, error: unknown): void => {
    if (onDamaged === undefined || !isHoldfastError(error, 'corrupt', 'not-found', 'unsupported')) throw error;
    onDamaged(id, error);
  };
  const accept = (id: Id, bytes: Uint8Array): void => {
    try {
      for (const subtree of visit(id, bytes)) meet(subtree);
    } catch (error) {
      failed(id, error);
    }
  };
  /** One that could not be read with its neighbours: from any of its copies. */
  const readAlone = async (id: Id): Promise<void> => {
    let bytes: Uint8Array;
    try {
      bytes = await repository.readBlob('tree', id, signal);
    } catch (error) {
      signal.throwIfAborted();
      failed(id, error);
      return;
    }
    accept(id, bytes);
  };

  for (const root of roots) meet(root);
  while (waiting.length > 0) {
    signal.throwIfAborted();
    const batch = waiting.splice(Math.max(0, waiting.length - batchTrees));
    const { byPack, alone } = groupByPack(repository, batch);
    await mapBounded(byPack, readsAtOnce, signal, async ([packId, blobs]) => {
      let thrown: { readonly error: unknown } | undefined;
      const guarded = (work: () => void): void => {
        try {
          work();
        } catch (error) {
          thrown ??= { error };
        }
      };
      try {
        const visitor = {
          blob: (blob: PackedBlob, plain: Uint8Array) => guarded(() => accept(blob.id, plain)),
          damaged: (blob: PackedBlob) => void alone.push(blob.id),
        };
        await packReader.readBlobs(packId, blobs, visitor, signal, { maxGapBytes });
      } catch (error) {
        // The pack is gone, but there may be copies elsewhere.
        if (!isHoldfastError(error, 'not-found')) throw error;
        alone.push(...blobs.map(({ id }) => id));
      }
      if (thrown !== undefined) throw thrown.error;
    });
    for (const id of alone) await readAlone(id);
    done += batch.length;
    options.onProgress?.(done, known);
  }
}

function groupByPack({ index }: Repository, ids: readonly Id[]): { byPack: Map<Id, PackedBlob[]>; alone: Id[] } {
  const byPack = new Map<Id, PackedBlob[]>();
  const alone: Id[] = [];
  for (const id of ids) {
    const place = index.lookup('tree', id);
    if (place === undefined) {
      alone.push(id);
      continue;
    }
    const list = byPack.get(place.packId) ?? [];
    list.push(packedBlob('tree', id, place));
    byPack.set(place.packId, list);
  }
  return { byPack, alone };
}
