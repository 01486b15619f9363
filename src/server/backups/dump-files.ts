/** The files of a snapshot, each with its content: for what is read back out of it as a whole. */
import { type ByteString, toUtf8 } from '../../base/byte-string.ts';
import { itemsBelow, loadSnapshot, openDump, type Repository, TreeReader } from '../../repository/mod.ts';

export interface DumpFile {
  /** Absolute in the snapshot. */
  readonly path: string;
  /** To be read before the next file is asked for. Throws `corrupt`, `not-found` for what cannot be read. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** The index must be loaded. */
export async function* dumpFiles(
  repository: Repository,
  snapshotId: string,
  signal: AbortSignal,
): AsyncGenerator<DumpFile, void> {
  const { snapshot } = await loadSnapshot(repository, snapshotId, signal);
  const reader = new TreeReader(repository);
  for await (const { path, node } of itemsBelow(reader, snapshot.tree, '', signal)) {
    if (node.type !== 'file') continue;
    const absolute: ByteString = `/${path}`;
    const { bytes } = await openDump(repository, snapshot.tree, absolute, { archive: 'tar', signal });
    yield { path: toUtf8(absolute), content: bytes };
  }
}
