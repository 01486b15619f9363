/**
 * What restores write: items and bytes of snapshots, a hard link counted once in each.
 *
 * Every tree is read once; a folder's sums are then added up from its subfolders', so that a hundred snapshots of the same
 * folders cost little more than one. Only hard-linked files are gone through again for each snapshot.
 */
import type { Id } from '../../format/id.ts';
import type { Node } from '../../format/tree.ts';
import type { Repository } from '../repository.ts';
import { walkUniqueTrees } from '../trees.ts';

interface Folder {
  readonly subtrees: readonly Id[];
  readonly links: readonly HardLink[];
  /** Of this folder's own items at first; with all below once summed. */
  items: number;
  bytes: number;
  summed: boolean;
  hasLinks: boolean;
}

interface HardLink {
  /** Device and inode; undefined where there is none, so that the file counts each time. */
  readonly key: string | undefined;
  readonly bytes: number;
}

/** @throws `not-found`, `corrupt` for a tree that cannot be read */
export async function restoreSizes(
  repository: Repository,
  roots: readonly Id[],
  signal: AbortSignal,
): Promise<{ readonly totalSize: number; readonly totalFiles: number }> {
  const folders = new Map<Id, Folder>();
  await walkUniqueTrees(repository, roots, { signal }, (treeId, nodes) => {
    folders.set(treeId, folderOf(nodes));
  });
  let [totalSize, totalFiles] = [0, 0];
  for (const root of roots) {
    signal.throwIfAborted();
    sum(folders, root);
    const { items, bytes } = folders.get(root)!;
    totalFiles += items;
    totalSize += bytes + linkedBytes(folders, root);
  }
  return { totalSize, totalFiles };
}

function folderOf(nodes: readonly Node[]): Folder {
  const subtrees: Id[] = [];
  const links: HardLink[] = [];
  let bytes = 0;
  for (const { type, subtree, size = 0, links: count = 0, inode, deviceId } of nodes) {
    if (subtree !== undefined) subtrees.push(subtree);
    if (size === 0) continue;
    if (count === 1 || type === 'dir') bytes += size;
    else links.push({ key: inode === undefined || inode === 0n ? undefined : `${deviceId}/${inode}`, bytes: size });
  }
  return { subtrees, links, items: nodes.length, bytes, summed: false, hasLinks: links.length > 0 };
}

/** Adds up what is below a folder, subfolders first, without recursion. */
function sum(folders: ReadonlyMap<Id, Folder>, root: Id): void {
  const stack: Id[] = [root];
  for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
    const folder = folders.get(id)!;
    const open = folder.summed ? [] : folder.subtrees.filter((subtree) => !folders.get(subtree)!.summed);
    if (open.length > 0) {
      for (const subtree of open) stack.push(subtree);
      continue;
    }
    stack.pop();
    if (folder.summed) continue;
    for (const subtree of folder.subtrees) {
      const { items, bytes, hasLinks } = folders.get(subtree)!;
      folder.items += items;
      folder.bytes += bytes;
      folder.hasLinks ||= hasLinks;
    }
    folder.summed = true;
  }
}

function linkedBytes(folders: ReadonlyMap<Id, Folder>, root: Id): number {
  const seen = new Set<string>();
  let bytes = 0;
  const stack: Id[] = [root];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const folder = folders.get(id)!;
    if (!folder.hasLinks) continue;
    for (const link of folder.links) {
      if (link.key !== undefined && seen.has(link.key)) continue;
      if (link.key !== undefined) seen.add(link.key);
      bytes += link.bytes;
    }
    for (const subtree of folder.subtrees) stack.push(subtree);
  }
  return bytes;
}
