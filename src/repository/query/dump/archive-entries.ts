/**
 * Files, folders and symlinks with their contents read ahead, for archives. As in restic, devices, fifos
 * and sockets are left out.
 */
import type { ByteString } from '../../../base/byte-string.ts';
import type { Id } from '../../../format/id.ts';
import type { Node } from '../../../format/tree.ts';
import type { Repository } from '../../repository.ts';
import { type TreeReader, walkTree } from '../../trees.ts';
import { loadBlobs, oneAhead, readContent, windowBytes } from './load-blobs.ts';

export interface ArchiveEntry {
  /** Without a leading slash. */
  readonly path: ByteString;
  readonly node: Node;
  /** Bytes of the blobs together. */
  readonly sizeBytes: number;
  /** A file's content; to be read before the next entry is asked for. */
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

interface Window {
  readonly entries: { readonly path: ByteString; readonly node: Node; readonly sizeBytes: number }[];
  bytes: number;
}

const windowEntries = 2000;
const shown: ReadonlySet<string> = new Set(['file', 'dir', 'symlink']);

/** An item on its way into an archive: what is to stand there, and what it is. */
export interface ArchiveItem {
  /** Without a leading slash. */
  readonly path: ByteString;
  readonly node: Node;
}

/** What is below a tree. @param prefix what the paths start with: "" or a folder with a slash at its end */
export async function* itemsBelow(
  reader: TreeReader,
  root: Id,
  prefix: ByteString,
  signal: AbortSignal,
): AsyncGenerator<ArchiveItem, void> {
  for await (const { path, node } of walkTree(reader, root, { signal })) yield { path: prefix + path, node };
}

/** The items with their contents, in their order. */
export async function* archiveEntries(
  repository: Repository,
  items: AsyncIterable<ArchiveItem>,
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry, void> {
  const load = async (window: Window): Promise<ArchiveEntry[]> => {
    const [first] = window.entries;
    if (first !== undefined && first.sizeBytes > windowBytes) {
      return [{ ...first, content: readContent(repository, first.node.content ?? [], signal) }];
    }
    const ids = window.entries.flatMap(({ node }) => node.content ?? []);
    const contents = await loadBlobs(repository, ids, signal);
    return window.entries.map((entry) => ({
      ...entry,
      content: (entry.node.content ?? []).map((id) => contents.get(id) ?? new Uint8Array()),
    }));
  };
  for await (const entries of oneAhead(windows(repository, items), load)) yield* entries;
}

/** Entries whose contents are read together; a large file is alone. */
async function* windows(repository: Repository, items: AsyncIterable<ArchiveItem>): AsyncGenerator<Window, void> {
  let window: Window = { entries: [], bytes: 0 };
  for await (const { path, node } of items) {
    if (!shown.has(node.type)) continue;
    const sizeBytes = sizeOf(repository, node);
    if (
      window.entries.length > 0 &&
      (window.bytes + sizeBytes > windowBytes || window.entries.length >= windowEntries)
    ) {
      yield window;
      window = { entries: [], bytes: 0 };
    }
    window.entries.push({ path, node, sizeBytes });
    window.bytes += sizeBytes;
  }
  if (window.entries.length > 0) yield window;
}

/** What the blobs hold, which is what an archive gets, whatever the node says. A missing one fails when it is read. */
function sizeOf(repository: Repository, { type, content }: Node): number {
  if (type !== 'file' || content === null) return 0;
  return content.reduce((sum, id) => sum + (repository.index.plainLength('data', id) ?? 0), 0);
}
