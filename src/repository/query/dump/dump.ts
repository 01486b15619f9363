/**
 * Gives a file of a snapshot as it was, or a folder as an archive (restic cmd_dump.go). The bytes come as they are read;
 * a few MiB are read ahead.
 */
import type { ByteString } from '../../../base/byte-string.ts';
import { toUtf8 } from '../../../base/byte-string.ts';
import { HoldfastError } from '../../../base/errors.ts';
import type { Id } from '../../../format/id.ts';
import type { Repository } from '../../repository.ts';
import { TreeReader } from '../../trees.ts';
import { findNode, pathNames } from '../find-folder.ts';
import { type ArchiveItem, archiveEntries, itemsBelow } from './archive-entries.ts';
import { joinChunks } from './join-chunks.ts';
import { readContent } from './load-blobs.ts';
import { tarArchive } from './tar.ts';
import { zipArchive } from './zip.ts';

export const archiveKinds = ['tar', 'zip'] as const;
export type ArchiveKind = (typeof archiveKinds)[number];

export interface Dump {
  readonly isArchive: boolean;
  /** Throws `corrupt`, `not-found` for what cannot be read; what came before is right, but not all. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Looks up `path` below a snapshot's tree. In an archive, names start with the path of the folder; the root's have none.
 *
 * @throws `not-found` naming the part of the path that is not there; `invalid-input` for a device, fifo, socket or symlink
 */
export async function openDump(
  repository: Repository,
  root: Id,
  path: ByteString,
  options: { readonly archive: ArchiveKind; readonly signal: AbortSignal },
): Promise<Dump> {
  const { archive, signal } = options;
  const reader = new TreeReader(repository);
  const names = pathNames(path);
  const node = names.length === 0 ? undefined : await findNode(reader, root, names, signal);
  if (node?.type === 'file') return { isArchive: false, bytes: readContent(repository, node.content ?? [], signal) };
  if (node !== undefined && (node.type !== 'dir' || node.subtree === undefined)) {
    throw new HoldfastError('invalid-input', `${toUtf8(path)} is no file or folder but a ${node.type}.`);
  }
  const prefix = names.map((name) => `${name}/`).join('');
  const items = itemsBelow(reader, node?.subtree ?? root, prefix, signal);
  return { isArchive: true, bytes: writeArchive(repository, items, archive, signal) };
}

/**
 * These items as an archive, written as it is read. Devices, fifos and sockets are left out, as in restic.
 *
 * @throws `corrupt`, `not-found` for content that cannot be read; what came before is right, but not all
 */
export function writeArchive(
  repository: Repository,
  items: AsyncIterable<ArchiveItem>,
  kind: ArchiveKind,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const entries = archiveEntries(repository, items, signal);
  return kind === 'zip' ? zipArchive(entries) : joinChunks(tarArchive(entries));
}
