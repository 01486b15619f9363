/** A selection of a snapshot as an archive, streamed. The repository stays open until the last byte, or until nobody reads on. */
import type { z } from 'zod';
import { fromUtf8 } from '../../base/byte-string.ts';
import type { SentStream } from '../../control/contract-types.ts';
import type { downloadQuery } from '../../control/schemas/snapshots.ts';
import type { OpenRepositories } from '../../repository/mod.ts';
import { openDownload } from '../../restore/mod.ts';
import { findSnapshot } from './snapshot-access.ts';

const mediaTypes = { zip: 'application/zip', 'tar.gz': 'application/gzip' } as const;

/** @throws `not-found` for a snapshot or path that is not there */
export async function downloadOf(
  { opened }: { readonly opened: OpenRepositories },
  snapshotId: string,
  { repositoryId, paths, from, format }: z.output<typeof downloadQuery>,
  signal: AbortSignal,
): Promise<SentStream> {
  await using open = new AsyncDisposableStack();
  const { repository, snapshots } = open.use(await opened.read(repositoryId, signal));
  const { id, snapshot } = findSnapshot(snapshots, snapshotId);
  const bytes = await openDownload({
    repository,
    root: snapshot.tree,
    paths: paths.length === 0 ? ['/'] : paths.map(fromUtf8),
    ...(from === undefined ? {} : { from: fromUtf8(from) }),
    kind: format,
    signal,
  });
  return {
    mediaType: mediaTypes[format],
    fileName: `${nameOf(paths)}-${id.slice(0, 8)}.${format}`,
    body: readAll(bytes, open.move()),
  };
}

async function* readAll(bytes: AsyncIterable<Uint8Array>, open: AsyncDisposableStack): AsyncGenerator<Uint8Array> {
  await using _ = open;
  yield* bytes;
}

/** Of the one thing that is downloaded, or a word for many. */
function nameOf(paths: readonly string[]): string {
  const name = paths.length === 1 ? paths[0]?.split('/').filter(Boolean).at(-1) : undefined;
  return name ?? 'restored-files';
}
