/**
 * Reads many trees: those of one pack together, by joined ranges, several packs at once.
 *
 * Guarantees: every tree asked for is reported once, read or failed; one whose copy is damaged is tried from the other
 * copies that the index knows.
 */
import { mapBounded } from '../base/concurrency.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import type { PackedBlob } from '../format/pack-header.ts';
import { decodeTree, type Node } from '../format/tree.ts';
import type { Repository } from './repository.ts';
import { packedBlob } from './repository-index.ts';

export interface TreeVisitor {
  /** `length` is that of the tree's JSON, in bytes. */
  tree(id: Id, nodes: readonly Node[], length: number): void;
  /** No copy can be read, or it is no tree (`corrupt`); or no index has it (`not-found`). Throwing ends the reading. */
  failed(id: Id, error: HoldfastError): void;
}

/** Reads these trees, in no order. What the backend throws otherwise is thrown. */
export async function readTrees(
  repository: Repository,
  ids: Iterable<Id>,
  signal: AbortSignal,
  visitor: TreeVisitor,
): Promise<void> {
  const byPack = new Map<Id, PackedBlob[]>();
  const singly: Id[] = [];
  for (const id of ids) {
    const place = repository.index.lookup('tree', id);
    if (place === undefined) {
      singly.push(id);
      continue;
    }
    const blobs = byPack.get(place.packId) ?? [];
    blobs.push(packedBlob('tree', id, place));
    byPack.set(place.packId, blobs);
  }
  const visit = (id: Id, plain: Uint8Array): void => {
    let nodes: Node[];
    try {
      nodes = decodeNamed(id, plain);
    } catch (error) {
      if (!isHoldfastError(error, 'corrupt')) throw error;
      visitor.failed(id, error);
      return;
    }
    visitor.tree(id, nodes, plain.length);
  };

  await mapBounded(byPack, repository.backend.connections, signal, async ([packId, blobs]) => {
    const reported = new Set<Id>();
    let visiting = false;
    try {
      const pack = {
        blob({ id }: PackedBlob, plain: Uint8Array): void {
          reported.add(id);
          visiting = true;
          visit(id, plain);
          visiting = false;
        },
        damaged({ id }: PackedBlob): void {
          reported.add(id);
          singly.push(id);
        },
      };
      await repository.packReader.readBlobs(packId, blobs, pack, signal);
    } catch (error) {
      if (visiting || !isHoldfastError(error, 'not-found')) throw error;
      singly.push(...blobs.map(({ id }) => id).filter((id) => !reported.has(id))); // the pack is gone
    }
  });
  for (const id of singly) {
    let plain: Uint8Array;
    try {
      plain = await repository.readBlob('tree', id, signal);
    } catch (error) {
      if (!isHoldfastError(error, 'corrupt', 'not-found')) throw error;
      visitor.failed(id, error);
      continue;
    }
    visit(id, plain);
  }
}

/** A tree's nodes; `corrupt` names the tree. */
export function decodeNamed(id: Id, bytes: Uint8Array): Node[] {
  try {
    return decodeTree(bytes);
  } catch (error) {
    if (!isHoldfastError(error, 'corrupt')) throw error;
    throw new HoldfastError('corrupt', `The tree ${id} is damaged: ${messageOf(error)}`, {
      context: { blob: id, blobType: 'tree' },
      cause: error,
    });
  }
}
