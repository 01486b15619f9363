/** What the walk knows of a folder: before it is looked at (`FolderTask`), and while its nodes come in (`OpenFolder`). */
import type { ByteString } from '../base/byte-string.ts';
import type { Id } from '../format/id.ts';
import type { Node } from '../format/tree.ts';
import type { FoldersLeft } from './carried-over.ts';
import type { ParentFolder } from './parent-folder.ts';
import type { StreamedNode } from './streamed/streamed-tree.ts';
import type { TargetNode } from './targets.ts';

/** Where a folder's own node goes. */
export interface NodePlace {
  readonly folder: OpenFolder;
  readonly slot: number;
  readonly node: Node;
  /** The node's text in the parent snapshot, where stat says that it still holds. */
  readonly before: ByteString | undefined;
}

/** Whose entries a folder holds: those on disk, the folders that lead to the sources, or streamed ones. */
export type FolderContent =
  | {
      readonly kind: 'disk';
      /** Everything below is looked at, also in a run that looks at what changed. */
      readonly whole: boolean;
    }
  | {
      readonly kind: 'targets';
      readonly node: TargetNode;
      /** What was streamed into this folder. */
      readonly streamed: StreamedNode | undefined;
    }
  | { readonly kind: 'streamed'; readonly node: StreamedNode };

/** A folder that is still to be looked at. */
export interface FolderTask {
  readonly path: ByteString;
  /** Undefined for the root of the snapshot. */
  readonly up: NodePlace | undefined;
  readonly content: FolderContent;
  readonly parentTree: Id | undefined;
}

/** A folder whose nodes are being gathered. */
export interface OpenFolder {
  readonly path: ByteString;
  readonly up: NodePlace | undefined;
  /** False for one that is nowhere but in the snapshot. */
  readonly onDisk: boolean;
  readonly parent: ParentFolder | undefined;
  /** Node texts in order; undefined: not yet known, or left out in the end. */
  readonly texts: (ByteString | undefined)[];
  /** How many of them are not yet known; one more while the folder itself is looked at. */
  pending: number;
  /** False once any node differs from the parent's. */
  same: boolean;
  /** The parent's folders that were not come to yet; undefined where nobody counts them. */
  readonly left: FoldersLeft | undefined;
}

export function openFolder(
  { path, up, content }: FolderTask,
  parent: ParentFolder | undefined,
  left: FoldersLeft | undefined,
): OpenFolder {
  return {
    path,
    up,
    onDisk: content.kind !== 'streamed',
    parent,
    texts: [],
    pending: 1,
    same: parent !== undefined,
    left,
  };
}

/** The path of an entry. */
export function entryPath(folder: ByteString, name: ByteString): ByteString {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}
