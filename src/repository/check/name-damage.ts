/**
 * From blobs that are lost to the files and snapshots that miss them: what a user needs to know.
 *
 *   one sweep over all trees: which ones miss something themselves, and who refers to whom
 *   upwards: a tree is tainted if anything below it is
 *   one walk per tainted snapshot, into tainted folders only: paths
 */
import type { ByteString } from '../../base/byte-string.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import { decodeTree, type Node } from '../../format/tree.ts';
import type { Repository } from '../repository.ts';
import type { StoredSnapshot } from '../snapshots.ts';
import { sweepTrees } from '../sweep-trees.ts';
import { TreeReader, walkTree } from '../trees.ts';
import type { DamagedFile, LostBlobs } from './report.ts';

/** Files that are named; beyond, the report only says that there are more. */
const maxNamedFiles = 100_000;

export interface NamedDamage {
  readonly files: DamagedFile[];
  readonly more: boolean;
  /** Snapshots whose content is damaged. */
  readonly snapshots: Set<Id>;
}

export async function nameDamage(
  repository: Repository,
  snapshots: readonly StoredSnapshot[],
  lost: LostBlobs,
  signal: AbortSignal,
): Promise<NamedDamage> {
  const tainted = await taintedTrees(
    repository,
    snapshots.map(({ snapshot }) => snapshot.tree),
    lost,
    signal,
  );
  const reader = new TreeReader(repository);
  const files = new Map<string, { -readonly [K in keyof DamagedFile]: DamagedFile[K] } & { snapshots: Id[] }>();
  const damaged = new Set<Id>();
  let more = false;
  for (const { id, snapshot } of snapshots) {
    if (!tainted.has(snapshot.tree)) continue;
    damaged.add(id);
    const found = (walked: ByteString, type: DamagedFile['type'], reason: string): void => {
      const path = `/${walked}`;
      const known = files.get(path);
      if (known !== undefined) {
        if (known.snapshots.at(-1) !== id) known.snapshots.push(id);
        if (type === 'folder') known.type = type;
      } else if (files.size < maxNamedFiles) files.set(path, { path, type, snapshots: [id], reason });
      else more = true;
    };
    const walk = walkTree(reader, snapshot.tree, {
      signal,
      enter: ({ node }) => node.subtree !== undefined && tainted.has(node.subtree),
      onDamaged: (path, _treeId, error) => found(path, 'folder', error.message),
    });
    try {
      for await (const { path, node } of walk) {
        const blob = node.content?.find((content) => lost.data.has(content));
        if (blob !== undefined) found(path, 'file', `its blob ${blob} is missing or damaged`);
        else if (node.type === 'file' && node.content === null) found(path, 'file', 'it has no list of blobs');
      }
    } catch (error) {
      // A node of a kind that is not known here: the folder cannot be listed further.
      if (!isHoldfastError(error, 'unsupported')) throw error;
      found('', 'folder', error.message);
    }
  }
  return { files: [...files.values()], more, snapshots: damaged };
}

async function taintedTrees(
  repository: Repository,
  roots: readonly Id[],
  lost: LostBlobs,
  signal: AbortSignal,
): Promise<Set<Id>> {
  const tainted = new Set<Id>(lost.trees);
  const parents = new Map<Id, Id[]>();
  const visit = (id: Id, bytes: Uint8Array): Id[] => {
    const subtrees: Id[] = [];
    for (const node of readableNodes(id, bytes, tainted)) {
      if (node.content?.some((blob) => lost.data.has(blob)) === true) tainted.add(id);
      if (node.subtree === undefined) continue;
      subtrees.push(node.subtree);
      const known = parents.get(node.subtree);
      if (known === undefined) parents.set(node.subtree, [id]);
      else known.push(id);
    }
    return subtrees;
  };
  await sweepTrees(repository, roots, { signal, onDamaged: (id) => tainted.add(id) }, visit);
  const waiting = [...tainted];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const parent of parents.get(id) ?? []) {
      if (tainted.has(parent)) continue;
      tainted.add(parent);
      waiting.push(parent);
    }
  }
  return tainted;
}

function readableNodes(id: Id, bytes: Uint8Array, tainted: Set<Id>): readonly Node[] {
  try {
    return decodeTree(bytes);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    tainted.add(id);
    return [];
  }
}
