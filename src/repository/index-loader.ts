/**
 * Loads the index files of a repository into a RepositoryIndex.
 *
 *   list ──► read sealed files, `backend.connections` at once ──► open, decompress, scan one at a time ──► drop the text
 *
 * So the plain text of one file at most is in memory. Files that say the same twice are fine; a file that is damaged
 * stops the loading with an error that names it, or is handed to `onDamaged`.
 */
import { mapBounded } from '../base/concurrency.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import { scanIndex } from '../format/index-file.ts';
import type { PackedBlob } from '../format/pack-header.ts';
import type { Repository } from './repository.ts';
import { RepositoryIndex } from './repository-index.ts';

export interface LoadIndexOptions {
  /**
   * Takes damaged index files instead of failing (check, repair). What was sound in such a file before the damage
   * may be in the index.
   */
  readonly onDamaged?: (id: Id, error: HoldfastError) => void;
  /** Told of each pack that a file names, with the file; also of those of a file that turns out damaged. */
  readonly onPack?: (packId: Id, indexId: Id) => void;
  /** Told after each file. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The blob table keeps lengths in 31 bits (restic's packs stay below 4 GiB as a whole, blobs far below). */
const maxLength = 2 ** 31 - 1;
const maxEnd = 2 ** 32;

/**
 * @throws `corrupt` naming the index file; what the backend throws
 */
export async function loadRepositoryIndex(
  repository: Repository,
  signal: AbortSignal,
  options: LoadIndexOptions = {},
): Promise<RepositoryIndex> {
  const index = new RepositoryIndex();
  await addIndexFiles(index, repository, await listIndexFiles(repository, signal), signal, options);
  return index;
}

export async function listIndexFiles(repository: Repository, signal: AbortSignal): Promise<Id[]> {
  const ids: Id[] = [];
  for await (const { name } of repository.listFiles('index', signal)) ids.push(name);
  return ids;
}

/** Adds what these files say to an index that has read none of them. Throws as `loadRepositoryIndex`. */
export async function addIndexFiles(
  index: RepositoryIndex,
  repository: Repository,
  ids: readonly Id[],
  signal: AbortSignal,
  options: LoadIndexOptions = {},
): Promise<void> {
  let done = 0;
  await mapBounded(ids, repository.backend.connections, signal, async (id) => {
    try {
      const json = await repository.readUnpacked('index', id, signal);
      addIndexFile(index, id, json, options.onPack);
      index.files.add(id);
    } catch (error) {
      if (options.onDamaged === undefined || !isHoldfastError(error, 'corrupt')) throw error;
      options.onDamaged(id, error);
    }
    options.onProgress?.(++done, ids.length);
  });
}

function addIndexFile(index: RepositoryIndex, id: Id, json: Uint8Array, onPack: LoadIndexOptions['onPack']): void {
  let packId: Id = '';
  let pack = -1;
  try {
    scanIndex(json, {
      pack(next) {
        packId = next;
        pack = index.addPack(next);
        onPack?.(next, id);
      },
      blob(blob) {
        if (!isPossible(blob)) throw new HoldfastError('corrupt', `the blob ${blob.id} has an impossible place`);
        index.addBlob(pack, packId, blob);
      },
    });
  } catch (error) {
    if (isHoldfastError(error, 'internal')) throw error;
    throw new HoldfastError('corrupt', `The index file ${id} is damaged: ${messageOf(error)}`, {
      hint: 'repair index builds the index anew from the packs.',
      context: { type: 'index', name: id },
      cause: error,
    });
  }
}

function isPossible({ offset, length, uncompressedLength }: PackedBlob): boolean {
  return length >= 32 && length <= maxLength && offset + length <= maxEnd && (uncompressedLength ?? 0) < maxEnd;
}
