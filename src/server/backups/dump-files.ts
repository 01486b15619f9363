/** The files of a snapshot, each with its content: for what is read back out of it as a whole. */
import { toUtf8 } from '../../base/byte-string.ts';
import { itemsBelow, loadSnapshot, openDump, type Repository, TreeReader } from '../../repository/mod.ts';

export interface DumpFile {
  /** Absolute in the snapshot. */
  readonly path: string;
  /** Read anew each time it is asked for, and not before. Throws `corrupt`, `not-found` for what cannot be read. */
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
    const read = async function* (): AsyncGenerator<Uint8Array, void> {
      yield* (await openDump(repository, snapshot.tree, `/${path}`, { archive: 'tar', signal })).bytes;
    };
    yield { path: toUtf8(`/${path}`), content: { [Symbol.asyncIterator]: read } };
  }
}
