/**
 * Reads files' contents in their order, ahead of who writes them: windows of a few MiB, the blobs of a pack together, one
 * window being read while the one before is used. So at most two windows are in memory.
 */
import { mapBounded } from '../../../base/concurrency.ts';
import type { Id } from '../../../format/id.ts';
import type { PackedBlob } from '../../../format/pack-header.ts';
import type { Repository } from '../../repository.ts';
import { packedBlob } from '../../repository-index.ts';

/** A window holds this much plain text, or one blob that is larger. */
export const windowBytes = 8 * 1024 * 1024;

/** The contents of these data blobs, each once. Throws `corrupt` or `not-found` naming the blob that cannot be read. */
export async function loadBlobs(
  repository: Repository,
  ids: Iterable<Id>,
  signal: AbortSignal,
): Promise<Map<Id, Uint8Array>> {
  const contents = new Map<Id, Uint8Array>();
  const byPack = new Map<Id, PackedBlob[]>();
  const singly: Id[] = [];
  for (const id of new Set(ids)) {
    const place = repository.index.lookup('data', id);
    if (place === undefined) {
      singly.push(id); // says what is missing
      continue;
    }
    const blobs = byPack.get(place.packId) ?? [];
    blobs.push(packedBlob('data', id, place));
    byPack.set(place.packId, blobs);
  }
  const visitor = {
    blob: ({ id }: PackedBlob, plain: Uint8Array) => void contents.set(id, plain.slice()),
    damaged: ({ id }: PackedBlob) => void singly.push(id), // there may be another copy
  };
  await mapBounded(byPack, repository.backend.connections, signal, ([packId, blobs]) =>
    repository.packReader.readBlobs(packId, blobs, visitor, signal),
  );
  for (const id of singly) contents.set(id, await repository.readBlob('data', id, signal));
  return contents;
}

/** The bytes of a file with this content, blob by blob. */
export async function* readContent(
  repository: Repository,
  content: readonly Id[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const load = async (ids: readonly Id[]): Promise<Uint8Array[]> => {
    const contents = await loadBlobs(repository, ids, signal);
    return ids.map((id) => contents.get(id) ?? new Uint8Array());
  };
  for await (const blobs of oneAhead(windowsOf(repository, content), load)) yield* blobs;
}

function* windowsOf(repository: Repository, content: readonly Id[]): Generator<Id[], void> {
  let window: Id[] = [];
  let bytes = 0;
  for (const id of content) {
    const length = repository.index.plainLength('data', id) ?? 0;
    if (window.length > 0 && bytes + length > windowBytes) {
      yield window;
      [window, bytes] = [[], 0];
    }
    window.push(id);
    bytes += length;
  }
  if (window.length > 0) yield window;
}

/** Loads each item while the one before is used. Results come in order. */
export async function* oneAhead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  load: (item: T) => Promise<R>,
): AsyncGenerator<R, void> {
  let loading: Promise<R> | undefined;
  for await (const item of items) {
    const next = load(item);
    next.catch(() => undefined); // awaited below; meanwhile it is nobody's
    if (loading !== undefined) yield await loading;
    loading = next;
  }
  if (loading !== undefined) yield await loading;
}
