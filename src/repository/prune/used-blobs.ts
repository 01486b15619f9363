/**
 * Which blobs the snapshots need: every tree is read, and everything that it names is marked.
 *
 * Prune removes what is not marked, so nothing here is lenient: a snapshot or tree that cannot be read, or a blob that is
 * in no index, ends the work.
 */
import { HoldfastError } from '../../base/errors.ts';
import { type Id, isId } from '../../format/id.ts';
import type { Repository } from '../repository.ts';
import { sweepTrees } from '../sweep-trees.ts';

/**
 * A byte for each entry of the blob table: 1 for what is needed.
 *
 * @throws `corrupt` naming what is missing or damaged
 */
export async function findUsedBlobs(
  repository: Repository,
  roots: readonly Id[],
  options: { readonly signal: AbortSignal; readonly onProgress?: (done: number, known: number) => void },
): Promise<Uint8Array> {
  const { blobs } = repository.index;
  const used = new Uint8Array(blobs.size);
  const missing = new Set<Id>();
  await sweepTrees(
    repository,
    roots,
    {
      ...options,
      onDamaged: (id, error) => {
        throw stopped(`the tree ${id} cannot be read: ${error.message}`, error);
      },
    },
    (treeId, bytes) => {
      used[blobs.find('tree', treeId)] = 1;
      const { data, subtrees } = referencesOf(treeId, bytes);
      for (const id of data) {
        const entry = blobs.find('data', id);
        if (entry < 0) missing.add(id);
        else used[entry] = 1;
      }
      return subtrees;
    },
  );
  if (missing.size > 0) {
    const some = [...missing].slice(0, 5).join(', ');
    throw stopped(`${missing.size} blobs that snapshots need are in no index: ${some}${missing.size > 5 ? ', …' : ''}`);
  }
  return used;
}

/** The ids that a tree names. Names and times are of no matter here, so it is read more loosely than for a restore. */
export function referencesOf(treeId: Id, bytes: Uint8Array): { readonly data: Id[]; readonly subtrees: Id[] } {
  const data: Id[] = [];
  const subtrees: Id[] = [];
  for (const node of nodesOf(treeId, bytes)) {
    if (typeof node !== 'object' || node === null) throw damagedTree(treeId);
    const { type, content, subtree } = node as { type?: unknown; content?: unknown; subtree?: unknown };
    if (content != null) {
      if (!Array.isArray(content)) throw damagedTree(treeId);
      for (const id of content as unknown[]) {
        if (!isId(id)) throw damagedTree(treeId);
        data.push(id);
      }
    }
    if (subtree != null) {
      if (!isId(subtree)) throw damagedTree(treeId);
      subtrees.push(subtree);
    } else if (type === 'dir') throw damagedTree(treeId);
  }
  return { data, subtrees };
}

function nodesOf(treeId: Id, bytes: Uint8Array): unknown[] {
  let tree: unknown;
  try {
    // One char a byte is enough: ids are ASCII, and whatever else there is stays within its quotes.
    tree = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
  } catch (cause) {
    throw damagedTree(treeId, cause);
  }
  const nodes = typeof tree === 'object' && tree !== null && 'nodes' in tree ? tree.nodes : undefined;
  if (!Array.isArray(nodes)) throw damagedTree(treeId);
  return nodes;
}

function damagedTree(treeId: Id, cause?: unknown): HoldfastError {
  return new HoldfastError('corrupt', `The tree ${treeId} is damaged.`, { context: { blob: treeId }, cause });
}

function stopped(why: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'corrupt',
    `It cannot be told what the snapshots need, because the repository is damaged: ${why}`,
    {
      hint: 'Nothing was changed. Run check to see what is damaged, and the repair that it names.',
      cause,
    },
  );
}
