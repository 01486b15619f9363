/**
 * What `ls` lists: a whole snapshot, or what lies in some folders of it (restic cmd_ls.go).
 *
 * Only the folders that are listed, or lead to one, are read.
 */
import type { ByteString } from '../../base/byte-string.ts';
import type { Id } from '../../format/id.ts';
import type { Node } from '../../format/tree.ts';
import { type TreeReader, walkTree } from '../trees.ts';
import { pathNames } from './find-folder.ts';

/** A node and its absolute path in the listing. */
export interface ListedNode {
  readonly path: ByteString;
  readonly node: Node;
}

export interface ListNodesOptions {
  /** Absolute paths; none lists everything. */
  readonly folders: readonly ByteString[];
  /** Goes into the folders that are inside of `folders` too. */
  readonly recursive: boolean;
  readonly signal: AbortSignal;
}

/** The folders asked for, and what is in them, in the order of the walk. */
export async function* listNodes(
  reader: TreeReader,
  root: Id,
  options: ListNodesOptions,
): AsyncGenerator<ListedNode, void> {
  const { signal, recursive } = options;
  if (options.folders.length === 0) {
    for await (const { path, node } of walkTree(reader, root, { signal })) yield { path: `/${path}`, node };
    return;
  }
  const folders = options.folders.map((folder) => `/${pathNames(folder).join('/')}`);
  const isInside = (path: ByteString): boolean => folders.some((folder) => isAtOrBelow(path, folder));
  const leadsThere = (path: ByteString): boolean => folders.some((folder) => isAtOrBelow(folder, path));
  const enter = ({ path }: { readonly path: ByteString }): boolean =>
    leadsThere(`/${path}`) || (recursive && isInside(`/${path}`));
  for await (const walked of walkTree(reader, root, { signal, enter })) {
    const path = `/${walked.path}`;
    if (isInside(path)) yield { path, node: walked.node };
  }
}

function isAtOrBelow(path: ByteString, folder: ByteString): boolean {
  return folder === '/' || path === folder || (path.startsWith(folder) && path[folder.length] === '/');
}

export const sortOrders = ['name', 'size', 'time', 'mtime', 'atime', 'ctime', 'extension'] as const;
export type SortOrder = (typeof sortOrders)[number];

/** Sorts a listing in place; equal ones by path. `name` keeps the order of the walk. */
export function sortNodes(list: ListedNode[], order: SortOrder): void {
  if (order === 'name') return;
  const keys: Readonly<Record<Exclude<SortOrder, 'name'>, (listed: ListedNode) => number | bigint | string>> = {
    size: ({ node }) => node.size ?? 0,
    time: ({ node }) => node.mtimeNs,
    mtime: ({ node }) => node.mtimeNs,
    atime: ({ node }) => node.atimeNs,
    ctime: ({ node }) => node.ctimeNs,
    extension: ({ path }) => extensionOf(path),
  };
  const key = keys[order];
  list.sort((a, b) => {
    const [first, second] = [key(a), key(b)];
    if (first !== second) return first < second ? -1 : 1;
    return a.path < b.path ? -1 : Number(a.path > b.path);
  });
}

/** As Go's filepath.Ext: from the last dot of the last name on. */
function extensionOf(path: ByteString): ByteString {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') ? path.slice(dot) : '';
}
