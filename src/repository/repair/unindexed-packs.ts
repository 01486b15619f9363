/**
 * Packs that no index file names. A listing of index files that leaves some out makes what they name look lost: before anything is done about
 * what is lost, these packs are looked into.
 */
import { mapBounded } from '../../base/concurrency.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import type { BlobType } from '../blob-table.ts';
import type { Repository } from '../repository.ts';

export interface UnindexedPack {
  readonly id: Id;
  readonly sizeBytes: number;
}

/** Of the index that is loaded. */
export async function findUnindexedPacks(repository: Repository, signal: AbortSignal): Promise<UnindexedPack[]> {
  const packs: UnindexedPack[] = [];
  for await (const { name: id, sizeBytes } of repository.listFiles('data', signal)) {
    if (!repository.index.hasPack(id)) packs.push({ id, sizeBytes });
  }
  return packs;
}

/**
 * Packs whose header cannot be read hold nothing that an index could name.
 *
 * @throws `corrupt` where one of the packs holds one of the blobs
 */
export async function refuseIfHeld(
  repository: Repository,
  packs: readonly UnindexedPack[],
  lost: Readonly<Record<BlobType, ReadonlySet<Id>>>,
  signal: AbortSignal,
): Promise<void> {
  if (lost.data.size + lost.tree.size === 0) return;
  await mapBounded(packs, repository.backend.connections, signal, async ({ id: packId, sizeBytes }) => {
    const blobs = await blobsOf(repository, packId, sizeBytes, signal);
    const held = blobs.find(({ type, id }) => lost[type].has(id));
    if (held === undefined) return;
    throw new HoldfastError('corrupt', `The index is not whole: it does not name pack ${packId}, which is there.`, {
      hint: `That pack holds what snapshots seem to have lost. Nothing was removed. Run repair index first.`,
      context: { packId, type: held.type, blob: held.id },
    });
  });
}

async function blobsOf(repository: Repository, packId: Id, sizeBytes: number, signal: AbortSignal) {
  try {
    return (await repository.packReader.listPack(packId, signal, sizeBytes)).blobs;
  } catch (error) {
    if (!isHoldfastError(error, 'corrupt')) throw error;
    return [];
  }
}
