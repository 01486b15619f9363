/**
 * What was picked in a snapshot, as one archive that is written while it is read: nothing of it touches a disk.
 *
 *   every path is there?  else there is no archive
 *   each picked item, and what is below it ──► contents, read ahead ──► tar or zip ──► gzip
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ByteString } from '../../base/byte-string.ts';
import type { Id } from '../../format/id.ts';
import type { Node } from '../../format/tree.ts';
import {
  type ArchiveItem,
  findNode,
  itemsBelow,
  type Repository,
  TreeReader,
  writeArchive,
} from '../../repository/mod.ts';
import { namesOf, outermost, pathBelow } from '../selected-paths.ts';

export const downloadKinds = ['zip', 'tar', 'tar.gz'] as const;
/** A tar keeps owners, attributes and exact times and names; a zip opens everywhere. */
export type DownloadKind = (typeof downloadKinds)[number];

export interface DownloadOptions {
  /** The index must be loaded. */
  readonly repository: Repository;
  /** A snapshot's root tree. */
  readonly root: Id;
  /** Absolute paths in the snapshot, each a file or folder with all in it. */
  readonly paths: readonly ByteString[];
  /** Names in the archive are those below this folder; by default the snapshot's root, so that they have all folders. */
  readonly from?: ByteString;
  readonly kind: DownloadKind;
  /** Ends the reading; the archive then throws its reason. */
  readonly signal: AbortSignal;
}

/**
 * The archive's bytes. Reading no further ends it as well.
 *
 * @throws at once: `not-found` naming a path that is not there, `invalid-input` for a selection that is none; while it is read:
 *   `corrupt`, `not-found` for content that cannot be read, so that no one takes a part for the whole
 */
export async function openDownload(options: DownloadOptions): Promise<AsyncIterable<Uint8Array>> {
  const { repository, root, kind, signal } = options;
  const from = `/${namesOf(options.from ?? '/').join('/')}`;
  const reader = new TreeReader(repository);
  const picked: Picked[] = [];
  for (const path of outermost(options.paths)) {
    const node = path === '/' ? undefined : await findNode(reader, root, namesOf(path), signal);
    picked.push({ path: pathBelow(path, from).slice(1), node, tree: node === undefined ? root : node.subtree });
  }
  const bytes = writeArchive(repository, allOf(reader, picked, signal), kind === 'zip' ? 'zip' : 'tar', signal);
  return kind === 'tar.gz' ? gzipped(bytes, signal) : bytes;
}

interface Picked {
  /** In the archive; "" for the folder that names start from, which does not stand in there itself. */
  readonly path: ByteString;
  readonly node: Node | undefined;
  readonly tree: Id | undefined;
}

async function* allOf(
  reader: TreeReader,
  picked: readonly Picked[],
  signal: AbortSignal,
): AsyncGenerator<ArchiveItem, void> {
  for (const { path, node, tree } of picked) {
    if (path !== '' && node !== undefined) yield { path, node };
    if (tree !== undefined) yield* itemsBelow(reader, tree, path === '' ? '' : `${path}/`, signal);
  }
}

async function* gzipped(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const gzip = createGzip();
  const feeding = pipeline(Readable.from(bytes), gzip, { signal });
  feeding.catch(() => undefined); // whoever reads gets it from the stream
  try {
    yield* gzip;
    await feeding;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
